import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { OakumError } from "../../src/core/errors.ts";
import { Engine } from "../../src/docker/engine.ts";
import { markDatabase } from "../../src/postgres/marks.ts";
import { findStack, openTarget } from "../../src/targets/find.ts";
import { Landscape } from "../../src/targets/landscape.ts";
import { Survey } from "../../src/targets/survey.ts";
import type { Target } from "../../src/targets/target.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { eventually } from "./polling.ts";
import { findTarget, poll, psql, searcher, TestStack, wish } from "./stack.ts";

// One server that is odd in every way, for most tests; its superuser's password is in a file.
let shop: TestStack;
let server: string;
const PASSWORD = 'it\'s "odd" €';

Deno.test.beforeAll(async () => {
  shop = await TestStack.create();
  // As some editors leave it: the shell takes the line feeds away, and initdb the carriage return.
  await Deno.writeTextFile(`${shop.folder}/password`, `${PASSWORD}\r\n\n`);
  server = await shop.addServer("store", {
    name: `${shop.project}.the-store`,
    options: [
      ...["--env", "POSTGRES_USER=root of all", "--env", "POSTGRES_DB=first"],
      ...["--env", "POSTGRES_PASSWORD_FILE=/run/secrets/password"],
      ...["--volume", `${shop.folder}/password:/run/secrets/password:ro`],
      // Even loopback asks for the password.
      ...["--env", "POSTGRES_INITDB_ARGS=--no-sync --auth-host=scram-sha-256"],
    ],
    command: ["-p", "5433"],
    port: 5433,
  });
  const roles = "create role owner login password 'own'; create role reader login password 'read'";
  await psql(server, "root of all", roles, ["-p", "5433"]);
});

Deno.test.afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const sql = (statement: string) => psql(server, "root of all", statement, ["-p", "5433"]);

/** Databases that are there for one test only. */
async function withDatabases(statements: readonly string[], test: () => Promise<void>) {
  for (const statement of statements) await sql(statement);
  try {
    await test();
  } finally {
    const list = await sql("select datname from pg_database where not datistemplate");
    for (const name of list.split("\n").filter((one) => !["postgres", "first"].includes(one))) {
      await sql(`drop database "${name.replaceAll('"', '""')}"`);
    }
    await shop.remove("web", "backup", "other");
  }
}

async function found(flags: Parameters<typeof wish>[1] = {}): Promise<Target> {
  return await findTarget(await searcher(), await wish(shop.folder, flags, { needsApp: false }));
}

const fails =
  (code: string, message: RegExp, hint: RegExp, outcome = "notFound") => (error: unknown) => {
    assert.ok(error instanceof OakumError, String(error));
    assert.deepEqual([error.code, error.outcome], [code, outcome], error.message);
    assert.match(error.message, message);
    assert.match(error.hint ?? "", hint);
    return true;
  };

Deno.test("a superuser is let in by the password in a file, on the port of the command", async () => {
  const { database, inventory, origins } = await found();
  assert.deepEqual([database.service, database.name], ["store", "first"]);
  const { port, socketFolder, credentials } = database.server;
  assert.deepEqual([port, socketFolder], [5433, undefined]);
  assert.deepEqual([credentials.user, credentials.password], ["root of all", PASSWORD]);
  const from =
    `POSTGRES_USER, POSTGRES_PASSWORD_FILE (/run/secrets/password) of ${shop.project}.the-store`;
  assert.equal(origins.get("database.user"), from);
  assert.deepEqual(database.rights, {
    ...{ user: "root of all", superuser: true, createDatabase: true, createRole: true },
    ...{ readPasswords: true, endSessions: true, ownsDatabase: true, rename: true },
  });
  assert.equal(inventory.inRecovery, false);
  assert.match(String(inventory.version), /^17\d{4}$/);
});

Deno.test("openTarget() hands over a session that works, and ends it", async () => {
  const wanted = await wish(shop.folder, {}, { needsApp: false });
  const search = await searcher();
  let sidecar: string;
  {
    await using open = await openTarget(search, wanted);
    sidecar = open.session.sidecar.id;
    const rows = await open.session.sql("first")`select current_database()::text as name`;
    assert.deepEqual([...rows], [{ name: "first" }]);
  }
  assert.equal(await search.engine.container(sidecar), undefined);
});

Deno.test("several databases are candidates, unless POSTGRES_DB, a flag or an app names one", async () => {
  const odd = `an "odd"/name`;
  const create = [`create database "${odd.replaceAll('"', '""')}"`, "create database second"];
  await withDatabases(create, async () => {
    assert.equal((await found()).database.name, "first", "POSTGRES_DB");
    const named = await found({ database: { service: "store", name: odd } });
    assert.deepEqual([named.database.name, named.origins.get("database.name")], [
      odd,
      "--database",
    ]);
    const missing = found({ database: { service: "store", name: "sceond" } });
    await assert.rejects(
      missing,
      fails("no-database", /no database "sceond"/, /--database store\/second/),
    );
    await sql("alter database first rename to third");
    try {
      const hint = /--database 'store\/an "odd"\/name'/;
      await assert.rejects(
        found(),
        fails("database-ambiguous", /3 databases .*second, third/, hint),
      );
    } finally {
      await sql("alter database third rename to first");
    }
    const DATABASE_URL = "postgresql+psycopg://owner:own@store:5433/second";
    await shop.add("web", "app", { options: ["--env", `DATABASE_URL=${DATABASE_URL}`] });
    const { database, origins } = await found();
    assert.deepEqual([database.name, origins.get("database.name")], [
      "second",
      "DATABASE_URL of web",
    ]);
  });
});

Deno.test("databases that oakum made are taken by name only", async () => {
  await withDatabases(["create database copy"], async () => {
    await sql("alter database first rename to gone");
    try {
      await using open = await openTarget(
        await searcher(),
        await wish(shop.folder, { database: { service: "store", name: "copy" } }, {
          needsApp: false,
        }),
      );
      const mark = { run: "abc", purpose: "restore", of: "first", at: new Date() } as const;
      await markDatabase(open.session.sql("postgres"), "copy", mark);
      const { database, inventory } = await found();
      assert.equal(database.name, "gone", "the only one that is nobody's copy");
      assert.equal(inventory.databases.find(({ name }) => name === "copy")?.mark?.run, "abc");
      const named = await found({ database: { service: "store", name: "copy" } });
      assert.equal(named.database.name, "copy");
    } finally {
      await sql("alter database gone rename to first");
    }
  });
});

Deno.test("an app that names a database which is not there is told what there is", async () => {
  await withDatabases([], async () => {
    const DATABASE_URL = "postgresql+psycopg://owner:own@store:5433/shop";
    await shop.add("web", "app", { options: ["--env", `DATABASE_URL=${DATABASE_URL}`] });
    const message = /no database "shop" \(DATABASE_URL of web\)/;
    await assert.rejects(found(), fails("no-database", message, /It has: first, postgres/));
  });
});

Deno.test("where the superuser's password was changed, the app's owner is taken, with its rights", async () => {
  await withDatabases(["create database shop owner owner"], async () => {
    await sql("alter role \"root of all\" password 'changed'");
    try {
      const refused = fails(
        "login-refused",
        /let nobody in: "root of all"/,
        /oakum doctor/,
        "refused",
      );
      await assert.rejects(found(), refused);
      const DATABASE_URL = "postgresql+psycopg://owner:own@store:5433/shop";
      await shop.add("web", "app", { options: ["--env", `DATABASE_URL=${DATABASE_URL}`] });
      await sql("revoke connect on database postgres from public");
      const { database, origins } = await found();
      assert.deepEqual([database.name, database.server.credentials.user], ["shop", "owner"]);
      assert.equal(origins.get("database.user"), "DATABASE_URL of web");
      assert.deepEqual(database.rights, {
        ...{ user: "owner", superuser: false, createDatabase: false, createRole: false },
        ...{ readPasswords: false, endSessions: false, ownsDatabase: true, rename: false },
      });
      await sql("alter role owner createdb; grant pg_signal_backend to owner");
      const { rename, endSessions } = (await found()).database.rights;
      assert.deepEqual([rename, endSessions], [true, true]);
    } finally {
      await sql("grant connect on database postgres to public");
      await sql(`alter role "root of all" password '${PASSWORD.replaceAll("'", "''")}'`);
      await sql("alter role owner nocreatedb; revoke pg_signal_backend from owner");
    }
  });
});

Deno.test("a server that a script starts is known by its processes, also where the engine has no ps", async () => {
  await withDatabases([], async () => {
    const image = await output(["docker", "inspect", "-f", "{{.Config.Image}}", server]);
    const scripts = {
      backup: "exec sleep 1000",
      other: "cp /bin/sleep /tmp/postgres; exec /tmp/postgres 1000",
    };
    for (const [service, script] of Object.entries(scripts)) {
      await shop.add(service, image as `${string}:${string}`, { command: ["sh", "-c", script] });
    }
    await using proxy = await FaultProxy.start();
    const judge = async () => {
      const engine = await Engine.connect(proxy.environment);
      const survey = await Survey.take(engine);
      const members = survey.of(shop.project);
      const landscape = new Landscape(engine, survey);
      const servers = await landscape.serversAmong(
        await survey.details(members.map(({ id }) => id)),
      );
      return servers.map(({ Name }) => Name.replace(/^.*-(\w+)-1$/, "$1")).sort();
    };
    const expected = [`/${shop.project}.the-store`, "other"];
    await eventually(async () => assert.deepEqual(await judge(), expected));
    proxy.refuse(/\/top\?/, 'ps: exec: "ps": executable file not found in $PATH');
    assert.deepEqual(await judge(), expected);
  });
});

Deno.test("tools that run PostgreSQL's own image are no servers, and other servers are candidates", async () => {
  await withDatabases([], async () => {
    const image = (await output([
      "docker",
      "inspect",
      "-f",
      "{{.Config.Image}}",
      server,
    ])) as `${string}:${string}`;
    await shop.add("backup", image, { command: ["sh", "-c", "sleep 1000"] });
    assert.equal((await found()).database.service, "store");
    await shop.add("other", "postgres17", { start: false });
    const ambiguous = fails(
      "database-ambiguous",
      /2 PostgreSQL servers.*other, store/,
      /--database other/,
    );
    await assert.rejects(found(), ambiguous);
    assert.equal(
      (await found({ database: { service: "store", name: undefined } })).database.name,
      "first",
    );
    const stopped = found({ database: { service: "other", name: undefined } });
    const start = new RegExp(`docker start ${shop.project}-other-1`);
    await assert.rejects(
      stopped,
      fails("database-not-running", /not running \(created\)/, start, "refused"),
    );
    const none = found({ database: { service: "backup", name: undefined } });
    await assert.rejects(
      none,
      fails("no-such-database-service", /is no PostgreSQL server/, /other, store/),
    );
    const unknown = found({ database: { service: "stroe", name: undefined } });
    await assert.rejects(
      unknown,
      fails("no-such-database-service", /no service "stroe"/, /--database store/),
    );
    const view = await findStack(await searcher(), await wish(shop.folder));
    assert.deepEqual(view.servers.map(({ service, state }) => [service, state]), [
      ["other", "created"],
      ["store", "running"],
    ]);
    await shop.remove("other");
    await shop.add("other", "postgres17", {
      start: false,
      options: ["--label", "oakum.role=database"],
    });
    await assert.rejects(
      found(),
      fails("database-not-running", /other-1/, /docker start/, "refused"),
    );
  });
});

Deno.test("a stack without a database says which services it has", async () => {
  await using other = await TestStack.create();
  await other.add("web", "app", { start: false });
  const none = findTarget(await searcher(), await wish(other.folder, {}, { needsApp: false }));
  await assert.rejects(
    none,
    fails("no-database-server", /among its services: web/, /oakum\.role=database/),
  );
});

Deno.test("a server that listens on its socket only is reached, and one that recovers is told", async () => {
  await using other = await TestStack.create();
  const name = await other.add("db", "postgres17", {
    options: [
      ...["--env", "POSTGRES_PASSWORD=secret", "--env", "POSTGRES_INITDB_ARGS=--no-sync"],
    ],
    command: ["postgres", "-c", "listen_addresses=", "-c", "unix_socket_directories=/tmp"],
  });
  const ready = [
    "docker",
    "exec",
    name,
    "sh",
    "-c",
    "grep -qx postgres /proc/1/comm && pg_isready -q -h /tmp",
  ];
  await poll(name, ready);
  const search = async () =>
    await findTarget(await searcher(), await wish(other.folder, {}, { needsApp: false }));
  const { database, origins } = await search();
  assert.deepEqual([database.server.socketFolder, database.name], ["/tmp", "postgres"]);
  assert.equal(database.inRecovery, false);
  assert.match(origins.get("database.port") ?? "", /postmaster\.pid$/);
  await output(["docker", "exec", name, "touch", "/var/lib/postgresql/data/standby.signal"]);
  await output(["docker", "restart", "--time", "5", name]);
  await poll(name, ready);
  const after = await search();
  assert.deepEqual([after.database.inRecovery, after.inventory.inRecovery], [true, true]);
});
