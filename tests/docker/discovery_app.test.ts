import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { ensureImages } from "../../docker/images.ts";
import { OakumError } from "../../src/core/errors.ts";
import { runCommand } from "../../src/docker/run.ts";
import { findStack } from "../../src/targets/find.ts";
import { OneOff } from "../../src/targets/oneoff.ts";
import type { AppTarget, Target } from "../../src/targets/target.ts";
import { findTarget, MIGRATIONS, psql, searcher, TestStack, wish } from "./stack.ts";

// One server for the whole file; each test adds the services that it is about.
let shop: TestStack;
let server: string;
const PASSWORD = "p@ss:w/rd %41";
const ENCODED = encodeURIComponent(PASSWORD);

Deno.test.beforeAll(async () => {
  shop = await TestStack.create();
  server = await shop.addServer("db", {
    options: [
      ...["--env", "POSTGRES_USER=owner", "--env", `POSTGRES_PASSWORD=${PASSWORD}`],
      ...["--env", "POSTGRES_DB=shop", "--volume", `${shop.folder}/run:/var/run/postgresql`],
    ],
  });
  await psql(server, "owner", "create database stock");
});

Deno.test.afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const url = (host = "db", name = "shop") => `postgresql+psycopg://owner:${ENCODED}@${host}/${name}`;
const environment = (variables: Record<string, string>) =>
  Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
const SCRIPTS = ["--volume", `${MIGRATIONS}:/srv/app:ro`];
const withUrl = (text: string) => [...environment({ DATABASE_URL: text }), ...SCRIPTS];

/** Services that are there for one test only. */
async function withServices(services: readonly string[], test: () => Promise<void>): Promise<void> {
  try {
    await test();
  } finally {
    await shop.remove(...services);
  }
}

async function found(
  flags: Parameters<typeof wish>[1] = {},
  wanted: Parameters<typeof wish>[2] = {},
): Promise<Target> {
  return await findTarget(await searcher(), await wish(shop.folder, flags, wanted));
}

async function appOf(target: Promise<Target>): Promise<AppTarget> {
  const { app } = await target;
  assert.ok(app);
  return app;
}

const fails = (code: string, message: RegExp, hint: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OakumError, String(error));
  assert.deepEqual([error.code, error.outcome], [code, "notFound"], error.message);
  assert.match(error.message, message);
  assert.match(error.hint ?? "", hint);
  assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.data]), /p@ss|p%40ss/);
  return true;
};

Deno.test("web, worker and beat of one image, and their replicas, are one app", async () => {
  await withServices(["web", "worker", "beat", "cache"], async () => {
    // The checksum of the scripts counts, so an image of another build is no other app.
    await shop.add("worker", "app-system", { options: withUrl(url()) });
    await shop.add("web", "app", { options: withUrl(url()), name: `${shop.project}_web_1` });
    await shop.add("web", "app", { options: withUrl(url()), number: 2 });
    await shop.add("beat", "app", { options: withUrl(url()), start: false });
    await shop.add("cache", "app", { options: environment({ POSTGRES_DB: "shop" }) });
    const target = await found();
    const { app, database, origins } = target;
    assert.equal(app?.service, "web", "running ones come first, then by name");
    assert.equal(app.container.Name, `/${shop.project}_web_1`);
    assert.deepEqual(app.sameAs, [`${shop.project}-web-2`, "worker", "beat"]);
    assert.deepEqual([database.service, database.name], ["db", "shop"]);
    assert.equal(database.server.credentials.password, PASSWORD);
    assert.equal(origins.get("database.name"), "DATABASE_URL of web");
    assert.doesNotMatch(JSON.stringify([...origins]), /p@ss|p%40ss/);
  });
});

Deno.test("an app's address decides among the databases of a server", async () => {
  await withServices(["web"], async () => {
    await shop.add("web", "app", {
      options: [
        ...environment({ DB_HOST: "db", DB_NAME: "stock", DB_USER: "owner" }),
        ...environment({ DB_PASSWORD: PASSWORD }),
        ...SCRIPTS,
      ],
    });
    const { database, app } = await found();
    assert.deepEqual([database.name, app?.service], ["stock", "web"]);
  });
});

Deno.test("the environment is that of the main process: what an entrypoint exports counts", async () => {
  await withServices(["web"], async () => {
    const entrypoint = `export DATABASE_URL="${url()}" EXTRA="a b"; cd /srv; serve & wait`;
    await shop.add("web", "app-system", {
      options: [...SCRIPTS, "--user", "1000:1000", "--init", "--env", "DATABASE_URL=later"],
      command: ["sh", "-c", entrypoint],
    });
    const app = await appOf(found());
    assert.deepEqual(app.environment, { DATABASE_URL: url(), EXTRA: "a b" });
    assert.deepEqual([app.user, app.workdir], ["1000:1000", "/srv"]);
  });
});

Deno.test("a process that gave root away is read as its own user", async () => {
  await withServices(["web"], async () => {
    const script = `export DATABASE_URL='${url()}'; exec setpriv --reuid 1000 --regid 1000 ` +
      "--clear-groups serve";
    await shop.add("web", "app-system", {
      options: [...SCRIPTS, "--user", "0:0"],
      command: ["sh", "-c", script],
    });
    const app = await appOf(found());
    assert.deepEqual([app.user, app.environment.DATABASE_URL], ["1000:1000", url()]);
  });
});

Deno.test("an address in a secret's file counts", async () => {
  await withServices(["web"], async () => {
    // As orchestrators lay them out: a link to where the newest version is.
    const secrets = `${shop.folder}/layers`;
    await Deno.mkdir(`${secrets}/..data`, { recursive: true });
    await Deno.writeTextFile(`${secrets}/..data/database_url`, `${url("db", "stock")}\n`);
    await Deno.symlink("..data/database_url", `${secrets}/database_url`);
    await shop.add("web", "app", {
      options: [
        ...environment({ DATABASE_URL_FILE: "/run/secrets/database_url" }),
        ...["--volume", `${secrets}:/run/secrets:ro`, ...SCRIPTS],
      ],
    });
    const { database, origins } = await found();
    assert.equal(database.name, "stock");
    const from = "DATABASE_URL_FILE (/run/secrets/database_url) of web";
    assert.equal(origins.get("database.name"), from);
  });
});

/** An Alembic project of one file, whose `env.py` is given. */
async function project(name: string, envPy: string, ini = ""): Promise<readonly string[]> {
  const folder = `${shop.folder}/${name}`;
  await Deno.mkdir(`${folder}/versions`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/alembic.ini`,
    `[alembic]\nscript_location = %(here)s\n${ini}\n`,
  );
  await Deno.writeTextFile(`${folder}/env.py`, envPy);
  await Deno.writeTextFile(
    `${folder}/versions/one.py`,
    `revision = "${name}"\ndown_revision = None\n`,
  );
  return ["--volume", `${folder}:/srv/app:ro`];
}

const ENV_PY = (where: string) => `
from alembic import context
from sqlalchemy import create_engine
with create_engine(${where}).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`;

Deno.test("where the environment says nothing, the app's own env.py does", async () => {
  await withServices(["web"], async () => {
    const scripts = await project("scripted", ENV_PY(JSON.stringify(url("db", "stock"))));
    await shop.add("web", "app", { options: scripts });
    const { app, database, origins } = await found();
    assert.deepEqual([app?.service, database.name], ["web", "stock"]);
    assert.equal(origins.get("database.name"), "env.py of web");
  });
});

Deno.test("an app that does not run and has its address in alembic.ini is found", async () => {
  await withServices(["web"], async () => {
    const line = `sqlalchemy.url = ${url("db", "stock").replaceAll("%", "%%")}`;
    const where = 'context.config.get_main_option("sqlalchemy.url")';
    const scripts = await project("configured", ENV_PY(where), line);
    await shop.add("web", "app", { options: scripts, start: false });
    const { app, database } = await found();
    assert.deepEqual([app?.running, database.name], [false, "stock"]);
    assert.equal(app?.route?.address.from, "sqlalchemy.url of /srv/app/alembic.ini");
  });
});

const TRY = "alembic current && echo reached";

Deno.test("a stopped app is served by a one-off container with its own configuration", async () => {
  await withServices(["web"], async () => {
    const secrets = `${shop.folder}/secrets`;
    await Deno.mkdir(secrets);
    await Deno.writeTextFile(`${secrets}/token`, "hidden\n");
    const name = await shop.add("web", "app", {
      options: [
        ...withUrl(url()),
        ...["--user", "1000:1000", "--workdir", "/srv/app", "--add-host", "far:10.9.8.7"],
        ...["--publish", "127.0.0.1::8000", "--restart", "always", "--tmpfs", "/scratch"],
      ],
      start: false,
    });
    // As Compose does it with secrets that come from its own environment.
    await output(["docker", "cp", secrets, `${name}:/run/`]);
    const app = await appOf(found());
    assert.equal(app.running, false);
    const { engine, runId } = await searcher();
    let id: string;
    {
      await using oneOff = await OneOff.start(engine, app.container, runId);
      id = oneOff.id;
      const { code, stdout } = await runCommand(oneOff, {
        cmd: ["sh", "-c", "id -u; pwd; getent hosts far; cat /run/secrets/token; " + TRY],
      });
      assert.match(stdout, /^1000\n\/srv\/app\n10\.9\.8\.7 +far\nhidden\n(.*\n)*reached\n$/);
      assert.equal(code, 0);
      const detail = await engine.container(id);
      const labels = Object.entries(detail?.Config.Labels ?? {});
      const copied = labels.filter(([name, value]) => !name.startsWith("oakum.") && value !== "");
      assert.deepEqual(copied, []);
      assert.deepEqual(detail?.HostConfig.PortBindings, {});
      const { Aliases } = detail!.NetworkSettings.Networks[shop.network]!;
      assert.equal(Aliases.includes("web"), false, "it must not answer for the service");
      // A run at work is no part of the stack.
      assert.equal((await found()).app?.container.Name, `/${name}`);
    }
    assert.equal(await engine.container(id), undefined);
  });
});

Deno.test("an image that was built anew and does not run yet is reported", async () => {
  const tag = `${shop.project}/web:latest`;
  const { app: base } = await ensureImages(["app"]);
  await withServices(["web"], async () => {
    await output(["docker", "tag", base, tag]);
    await shop.add("web", tag as `${string}:${string}`, { options: withUrl(url()) });
    assert.equal((await appOf(found())).newerImage, undefined);
    const dockerfile = `${shop.folder}/Dockerfile`;
    await Deno.writeTextFile(dockerfile, `FROM ${base}\nLABEL build=new\n`);
    await output(["docker", "build", "--quiet", "--tag", tag, "--file", dockerfile, shop.folder]);
    const app = await appOf(found());
    assert.equal(app.newerImage?.tag, tag);
    assert.notEqual(app.newerImage?.id, app.container.Image);
  });
  await output(["docker", "rmi", "--force", tag]);
});

Deno.test("an address through a pooler leads to the server, and on past the pooler", async () => {
  await withServices(["web", "pooler"], async () => {
    await shop.add("pooler", "pgbouncer", {
      options: environment({ DB_HOST: "db", DB_USER: "owner", DB_PASSWORD: PASSWORD }),
    });
    const through = url("pooler:6432", "stock");
    await shop.add("web", "app", {
      options: withUrl(through),
    });
    const { app, database } = await found();
    assert.deepEqual([database.service, database.name], ["db", "stock"]);
    assert.equal(app?.pastPooler?.pooler, `${shop.project}-pooler-1`);
    assert.deepEqual(app.pastPooler.endpoint, { host: "db", port: 5432 });
    const past = url("db:5432", "stock");
    assert.deepEqual(app.pastPooler.environment, { DATABASE_URL: past });
    // The app itself gets through by what it is told.
    const dial = "import os, psycopg\n" +
      'print(psycopg.connect(os.environ["U"].replace("+psycopg", "")).info.port)';
    const { engine } = await searcher();
    const cmd = ["python", "-c", dial];
    const answer = await runCommand({ engine, id: app.container.Id }, { cmd, env: { U: past } });
    assert.equal(answer.stdout.trim(), "5432", answer.stderr);
  });
});

Deno.test("localhost in a shared network and a shared socket lead to the server", async () => {
  await withServices(["web"], async () => {
    await shop.add("web", "app", {
      options: withUrl(url("localhost", "stock")),
      networkMode: `container:${server}`,
    });
    const { app, database } = await found();
    assert.deepEqual([app?.service, database.name], ["web", "stock"]);
    assert.match(app?.route?.how ?? "", /localhost/);
  });
  await withServices(["web"], async () => {
    const text = `postgresql+psycopg://owner:${ENCODED}@/stock?host=/sockets`;
    await shop.add("web", "app", {
      options: [...withUrl(text), "--volume", `${shop.folder}/run:/sockets`],
      networkMode: "none",
    });
    const { app, database } = await found();
    assert.deepEqual([app?.service, database.name], ["web", "stock"]);
    assert.equal(app?.route?.how, "the socket in /sockets");
  });
});

Deno.test("a server of another project is found over a shared network and a published port", async () => {
  await using other = await TestStack.create();
  const shared = `${shop.project}_shared`;
  await output(["docker", "network", "create", shared]);
  try {
    const publish = ["--publish", "127.0.0.1:0:5432", "--publish", "0:5432"];
    const store = await other.addServer("store", {
      options: [...publish, "--env", "POSTGRES_PASSWORD=secret", "--env", "POSTGRES_DB=blog"],
    });
    await output(["docker", "network", "connect", "--alias", "blogdb", shared, store]);
    await withServices(["web"], async () => {
      const web = await shop.add("web", "app", {
        options: withUrl("postgresql+psycopg://postgres:secret@blogdb/blog"),
      });
      await output(["docker", "network", "connect", shared, web]);
      const { app, database } = await found();
      assert.deepEqual([app?.service, database.service, database.name], ["web", "store", "blog"]);
      assert.equal(database.project, other.project);
    });
    await withServices(["web"], async () => {
      const ports = (await output(["docker", "port", store, "5432/tcp"])).split("\n");
      const open = ports.find((line) => line.startsWith("0.0.0.0:"))!.split(":").pop();
      await shop.add("web", "app", {
        options: [
          ...withUrl(`postgresql+psycopg://postgres:secret@host.docker.internal:${open}/blog`),
          ...["--add-host", "host.docker.internal:host-gateway"],
        ],
      });
      const { database } = await found();
      assert.deepEqual([database.service, database.name], ["store", "blog"]);
    });
  } finally {
    await other.remove();
    await output(["docker", "network", "rm", shared]);
  }
});

Deno.test("apps with different migrations for one database are candidates, and --app decides", async () => {
  await withServices(["web", "admin"], async () => {
    await shop.add("web", "app", { options: withUrl(url()) });
    const scripts = await project("admin", ENV_PY('"never asked"'));
    await shop.add("admin", "app", {
      options: [...scripts, ...environment({ DATABASE_URL: url() })],
    });
    const ambiguous = fails(
      "app-ambiguous",
      /2 apps .* lead to db\/shop: admin, web/,
      /--app admin/,
    );
    await assert.rejects(found(), ambiguous);
    assert.equal((await found({}, { needsApp: false })).app, undefined);
    const named = await found({ app: "web" });
    assert.deepEqual([named.app?.service, named.origins.get("app.service")], ["web", "--app"]);
    const typo = fails("no-such-app", /no service "wbe"/, /Use --app web/);
    await assert.rejects(found({ app: "wbe" }), typo);
    const elsewhere = found({ app: "web", database: { service: "db", name: "stock" } });
    await assert.rejects(
      elsewhere,
      fails("app-leads-elsewhere", /not to db\/stock/, /--app SERVICE/),
    );
  });
});

Deno.test("the label oakum.role decides which service is the app", async () => {
  await withServices(["web", "admin"], async () => {
    await shop.add("web", "app", { options: withUrl(url()) });
    const scripts = await project("labelled", ENV_PY('"never asked"'));
    await shop.add("admin", "app", {
      options: [
        ...[...scripts, ...environment({ DATABASE_URL: url() })],
        ...["--label", "oakum.role=app"],
      ],
    });
    assert.equal((await found()).app?.service, "admin");
  });
});

Deno.test("where no app leads to the database, each service says why", async () => {
  await withServices(["web", "far", "site", "board"], async () => {
    await shop.add("web", "app", { options: withUrl(url("localhost")) });
    await shop.add("far", "app", { options: withUrl(url("rds.example.com:5433")) });
    await Deno.mkdir(`${shop.folder}/site`, { recursive: true });
    await Deno.writeTextFile(
      `${shop.folder}/site/manage.py`,
      "os.environ['DJANGO_SETTINGS_MODULE']",
    );
    await shop.add("site", "app", {
      options: [
        ...environment({ DATABASE_URL: url() }),
        "--volume",
        `${shop.folder}/site:/srv/app`,
      ],
    });
    const flask = await project("board", "from flask import current_app");
    await shop.add("board", "app", {
      options: [...flask, ...environment({ DATABASE_URL: url() })],
    });
    const reasons = new RegExp([
      "board migrates with Flask-Migrate",
      "far has Alembic, but its DATABASE_URL leads elsewhere: no container answers at rds.example.com:5433",
      "site migrates with Django",
      `web has Alembic, but its DATABASE_URL leads elsewhere: "localhost" is the app's own container`,
    ].join(".*"));
    await assert.rejects(found(), fails("no-app", reasons, /--app SERVICE/));
    const { app, database } = await found({}, { needsApp: false });
    assert.deepEqual([app, database.name], [undefined, "shop"]);
  });
});

Deno.test("findStack() shows wrong ports, starts that migrate, and states", async () => {
  await withServices(["web", "api", "old"], async () => {
    await shop.add("web", "app", {
      options: withUrl(url("db:6432")),
      command: ["sh", "-c", "alembic -c alembic.ini upgrade head; exec serve"],
    });
    const script = `${shop.folder}/prestart.sh`;
    await Deno.writeTextFile(
      script,
      "#!/bin/sh\n# alembic stamp\nset -e\nalembic upgrade head\nexec serve\n",
    );
    await shop.add("api", "app", {
      options: [...withUrl(url()), "--volume", `${script}:/srv/prestart.sh`],
      command: ["sh", "../prestart.sh"],
    });
    await shop.add("old", "app", { options: withUrl(url()), start: false });
    const view = await findStack(await searcher(), await wish(shop.folder));
    assert.deepEqual(view.servers.map(({ service, state }) => [service, state]), [[
      "db",
      "running",
    ]]);
    const shown = view.services.map(({ service, containers, addresses, migratesAtStart }) => [
      ...[service, containers[0]?.state, addresses[0]?.leadsTo, addresses[0]?.problem],
      migratesAtStart?.where,
    ]);
    assert.deepEqual(shown, [
      ["api", "running", `${server}/shop`, undefined, "/srv/prestart.sh"],
      ["web", "running", undefined, "wrong-port", "its command"],
      ["old", "created", `${server}/shop`, undefined, undefined],
    ]);
    const web = view.services.find(({ service }) => service === "web");
    assert.match(web?.addresses[0]?.how ?? "", /listens on 5432, not on 6432/);
    assert.doesNotMatch(JSON.stringify(view), /p@ss|p%40ss/);
  });
});
