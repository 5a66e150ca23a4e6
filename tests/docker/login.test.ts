import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import type { Outcome } from "../../src/core/errors.ts";
import { newRunId } from "../../src/core/run.ts";
import type { Credentials } from "../../src/postgres/access.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { type OwnServer, ownServer, server, type TestServer } from "./fixtures.ts";

/** Logs in as somebody and reads one value, by SQL and by psql. */
async function logIn(to: TestServer, database: string, as: Partial<Credentials> = {}) {
  const access = { ...to.access, credentials: { ...to.access.credentials, ...as } };
  await using session = await ServerSession.open(to.engine, access, newRunId());
  const sql = await session.login(database);
  const [row] = await sql<{ user: string }[]>`select current_user as user`;
  const ask = ["psql", "-XAtwc", "select current_user"];
  const { stdout, stderr } = await session.runTool(ask, { database });
  assert.equal(stdout.trim() + stderr, row?.user);
  return row?.user;
}

async function refuses(login: Promise<unknown>, code: string, outcome: Outcome, message: RegExp) {
  await assert.rejects(login, { name: "OakumError", code, outcome, message });
}

/** Unlike the image's own, a server that trusts nobody on loopback. */
const wary = (method: string): Promise<OwnServer> =>
  ownServer("postgres17", { options: ["--env", `POSTGRES_INITDB_ARGS=--auth-host=${method}`] });

for (const method of ["scram-sha-256", "md5", "password"]) {
  Deno.test(`a login by ${method} needs the right password`, async () => {
    await using own = await wary(method);
    assert.equal(await logIn(own, "postgres"), "postgres");
    for (const password of ["wrong", "", undefined]) {
      const says = /refused the user "postgres" \(the test\): .*password/;
      await refuses(logIn(own, "postgres", { password }), "login-refused", "refused", says);
    }
    const says = /refused the user "nobody"/;
    await refuses(logIn(own, "postgres", { user: "nobody" }), "login-refused", "refused", says);
  });
}

Deno.test("a login that pg_hba.conf rejects says so", async () => {
  await using own = await wary("reject");
  const says = /refused the user "postgres".*pg_hba\.conf/;
  await refuses(logIn(own, "postgres"), "login-refused", "refused", says);
});

Deno.test("a login says when the database is missing, closed or forbidden", async () => {
  const shared = await server("postgres17");
  await refuses(logIn(shared, "none such"), "no-database", "notFound", /no database "none such"/);

  await using database = await shared.createDatabase();
  const { name, sql } = database;
  const role = `${name}_stranger`;
  await sql`create role ${sql(role)} login`;
  try {
    await sql`revoke connect on database ${sql(name)} from public`;
    const stranger = logIn(shared, name, { user: role });
    await refuses(stranger, "database-forbidden", "refused", /may not connect to "t_/);
    await sql`alter role ${sql(role)} connection limit 0`;
    const another = logIn(shared, "postgres", { user: role });
    await refuses(another, "too-many-connections", "refused", /no more connections: .*for role/);
  } finally {
    await sql`drop role ${sql(role)}`;
  }
  const elsewhere = shared.sql("postgres", { max: 1 });
  await elsewhere`alter database ${sql(name)} allow_connections false`.finally(() =>
    elsewhere.end()
  );
  await refuses(logIn(shared, name), "database-closed", "refused", /lets nobody into/);
});

Deno.test("a login says when the server has no connection left", async () => {
  await using own = await ownServer("postgres17", {
    args: ["-c", "max_connections=5", "-c", "superuser_reserved_connections=0"],
  });
  const others = own.sql("postgres", { max: 5 });
  await Promise.all(Array.from({ length: 5 }, () => others`select pg_sleep(0.2)`));
  await refuses(logIn(own, "postgres"), "too-many-connections", "refused", /too many clients/);
  await others.end();
});

Deno.test("a login says when the server is shutting down", async () => {
  await using own = await ownServer("postgres17");
  const other = own.sql("postgres", { max: 1 });
  await other`select 1`;
  // A smart shutdown: it waits for the session that is there and takes no other.
  await output(["docker", "kill", "--signal", "TERM", own.name]);
  await refuses(logIn(own, "postgres"), "server-not-ready", "refused", /shutting down/);
  await other.end();
});

Deno.test("a session says when the database's container does not run, or is gone", async () => {
  await using own = await ownServer("postgres17");
  await output(["docker", "stop", own.name]);
  const says = new RegExp(`"${own.name}" is not running`);
  await refuses(logIn(own, "postgres"), "database-not-running", "refused", says);
  await output(["docker", "rm", "--volumes", own.name]);
  await refuses(logIn(own, "postgres"), "database-not-running", "refused", /is gone/);
});
