import assert from "node:assert/strict";
import { z } from "zod";
import { probeReply } from "../../../src/migrators/alembic/replies.ts";
import { server } from "../fixtures.ts";
import {
  type App,
  type AppOptions,
  failureOf,
  FOLDER,
  leadingTo,
  probe,
  resultOf,
  startApp,
} from "./program.ts";

/** Every configuration that a probe found, the best first: only tests look at more than the best. */
const rankedConfigs = z.array(z.object({
  config: z.string(),
  name: z.string(),
  working_dir: z.string(),
  script_location: z.string().nullable(),
}));

/** An app of one test, with a project in it, beside the shared server. */
async function appWith(files: Record<string, string> = {}, given: AppOptions = {}): Promise<App> {
  const app = await startApp(await server("postgres17"), given);
  for (const [path, text] of Object.entries(files)) await app.write(path, text);
  return app;
}

function revision(id: string, down: string, rest = ""): string {
  return `revision = "${id}"\ndown_revision = ${down}\n${rest}\n` +
    "def upgrade():\n    pass\n\ndef downgrade():\n    pass\n";
}

async function kindWith(files: Record<string, string>, args: object = {}) {
  await using app = await appWith(files);
  return failureOf(await app.run("probe", args));
}

Deno.test("a probe reads every revision without a database", async () => {
  await using app = await appWith({
    "versions/raw.py": '"""raw"""\nrevision = "raw1"\ndown_revision = "art0006"\n' +
      "def upgrade():\n    with ctx.autocommit_block():\n        x()\n" +
      "def downgrade():\n    raise NotImplementedError\n",
  });
  const found = await probe(app);
  assert.deepEqual(found.heads, ["bank002", "raw1"]);
  assert.deepEqual(found.bases, ["art0001", "bank001"]);
  assert.equal(found.databases, undefined);
  const byId = new Map(found.revisions.map((one) => [one.id, one]));
  const third = byId.get("art0003");
  assert.deepEqual(third?.down, ["art0002"]);
  assert.deepEqual(third.depends_on, ["bank"]);
  assert.deepEqual(third.resolved_depends_on, ["bank001"]);
  assert.equal(third.branch_point, true);
  assert.equal(third.doc, "sell them");
  assert.equal(third.path, `${FOLDER}/versions/art0003_sell_them.py`);
  const sum = await app.container.exec("sha256sum", third.path);
  assert.equal(third.sha256, sum.split(" ")[0]);
  assert.match(third.created ?? "", /^2026-01-0\d 08:00:00$/);
  assert.deepEqual(byId.get("art0001")?.labels, ["art"]);
  assert.equal(byId.get("art0006")?.merge_point, true);
  assert.equal(byId.get("art0006")?.upgrade, "empty");
  const raw = byId.get("raw1");
  assert.deepEqual([raw?.upgrade, raw?.downgrade, raw?.autocommit], ["code", "raises", true]);
});

Deno.test("a probe hashes all that lies beside the revisions, and nothing that running makes", async () => {
  await using app = await appWith();
  await app.container.exec("mkdir", "-p", `${FOLDER}/helpers/__pycache__`);
  await app.write("helpers/rows.py", "many = 1\n");
  const hashed = async () => (await probe(app)).scripts_sha256;
  const first = await hashed();
  await app.write("migrate.log", "ran\n");
  await app.write("helpers/__pycache__/rows.pyc", "made\n");
  assert.equal(await hashed(), first);
  await app.write("helpers/rows.py", "many = 2\n");
  const second = await hashed();
  assert.notEqual(second, first);
  await app.container.exec("mkfifo", `${FOLDER}/helpers/pipe`);
  await app.container.exec("mv", `${FOLDER}/helpers/rows.py`, `${FOLDER}/helpers/lines.py`);
  assert.equal(new Set([first, second, await hashed()]).size, 3);
});

/** Finds a module of the app's as projects do that are no packages. */
const SEEDED = `import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
import seeds

revision = "seed01"
down_revision = None


def upgrade():
    print(seeds.ROWS)


def downgrade():
    pass
`;

Deno.test("a probe hashes what revisions import from elsewhere, with env.py and without", async () => {
  const postgres = await server("postgres17");
  await using database = await postgres.createDatabase();
  await using app = await appWith();
  const hashed = async (args: Record<string, unknown> = {}) =>
    (await probe(app, args, leadingTo(database))).scripts_sha256;
  await app.write("../seeds.py", "ROWS = 1\n");
  await app.write("versions/seed01.py", SEEDED);
  const first = await hashed();
  assert.equal(await hashed({ db: true }), first);
  await app.write("../seeds.py", "ROWS = 2\n");
  assert.notEqual(await hashed(), first);
});

Deno.test("a module that fails when it is asked for anything must not end a probe", async () => {
  const lazy = "import sys, types\nclass Lazy(types.ModuleType):\n" +
    "    def __getattr__(self, name):\n        raise ImportError(name)\n" +
    'sys.modules["lazy"] = Lazy("lazy")\n';
  await using app = await appWith({ "versions/lazy1.py": revision("lazy1", '"art0006"', lazy) });
  assert.ok((await probe(app)).revisions.some(({ id }) => id === "lazy1"));
});

Deno.test("a probe says where env.py leads, never the password, and creates nothing", async () => {
  const postgres = await server("postgres17");
  await using database = await postgres.createDatabase();
  await using app = await appWith();
  const ended = await app.run(
    "probe",
    { db: true, x: ["table=other_versions"] },
    leadingTo(database),
  );
  const [context] =
    (await probe(app, { db: true, x: ["table=other_versions"] }, leadingTo(database)))
      .databases ?? [];
  assert.deepEqual(context?.address, {
    host: "127.0.0.1",
    port: null,
    database: database.name,
    user: "postgres",
    query_host: null,
    query_port: null,
  });
  assert.equal(context.version_table, "other_versions");
  assert.deepEqual(context.heads, []);
  assert.ok(!ended.stdout.includes("sesame"));
  const tables = await database.sql`select from pg_tables where schemaname = 'public'`;
  assert.equal(tables.length, 0);
});

Deno.test("a probe collects every tenant that env.py loops over", async () => {
  const postgres = await server("postgres17");
  await using database = await postgres.createDatabase();
  await database.sql`create schema north`;
  await database.sql`create schema south`;
  const env = await Deno.readTextFile(new URL("./projects/studio/env.py", import.meta.url));
  const loop = env.replace(
    /def migrate\(connection\):[^]*?run_migrations\(\)\n/,
    [
      "def migrate(connection):",
      "    for schema in ('north', 'south'):",
      "        context.configure(",
      "            connection=connection, version_table_schema=schema,",
      "            transaction_per_migration=True",
      "        )",
      "        with context.begin_transaction():",
      "            context.run_migrations()",
      "",
    ].join("\n"),
  );
  await using app = await appWith({ "env.py": loop });
  const { databases } = await probe(app, { db: true }, leadingTo(database));
  assert.deepEqual(databases?.map((one) => one.version_table_schema), ["north", "south"]);
  assert.ok(databases.every((one) => one.transaction_per_migration));
});

Deno.test("what is wrong with a project has a kind of its own, and a place", async () => {
  const syntax = await kindWith({ "versions/x.py": "revision = 'x'\ndef upgrade(:\n" });
  assert.deepEqual([syntax.kind, syntax.class, syntax.line], ["broken-revision", "SyntaxError", 2]);
  assert.equal(syntax.file, `${FOLDER}/versions/x.py`);

  const missing = await kindWith({ "versions/x.py": "import nothing_here\n" });
  assert.deepEqual([missing.kind, missing.line], ["broken-revision", 1]);
  assert.match(missing.message, /No module named 'nothing_here'/);

  const twice = await kindWith({ "versions/x.py": revision("art0002", "None") });
  assert.equal(twice.kind, "duplicate-revision");
  assert.deepEqual(twice.data["files"], [
    `${FOLDER}/versions/art0002_date_them.py`,
    `${FOLDER}/versions/x.py`,
  ]);

  const orphan = await kindWith({ "versions/x.py": revision("x001", '"gone"') });
  assert.deepEqual([orphan.kind, orphan.data["parent"]], ["missing-parent", "gone"]);

  const circle = await kindWith({
    "versions/x.py": revision("x001", '"x002"'),
    "versions/y.py": revision("x002", '"x001"'),
  });
  assert.deepEqual([circle.kind, circle.data["revisions"]], ["cycle", ["x001", "x002"]]);
  const self = await kindWith({ "versions/x.py": revision("x001", '"x001"') });
  assert.equal(self.kind, "cycle");

  const label = await kindWith({
    "versions/x.py": revision("x001", '"art0006"', 'branch_labels = "bank"'),
  });
  assert.equal(label.kind, "revision-graph");
  assert.match(label.message, /bank/);
});

Deno.test("what is wrong with a configuration has a kind of its own", async () => {
  assert.equal((await kindWith({}, { config: "nowhere.ini" })).kind, "no-config");
  assert.equal((await kindWith({ "alembic.ini": "[alembic]\n" })).kind, "no-script-location");
  const lost = "[alembic]\nscript_location = lost\n";
  assert.equal((await kindWith({ "alembic.ini": lost })).kind, "no-script-folder");
  assert.equal((await kindWith({ "alembic.ini": "script_location = x\n" })).kind, "bad-config");
  const flask = await kindWith({
    "alembic.ini": "[alembic]\nfile_template = x\n",
    "env.py": "from flask import current_app\n",
  });
  assert.equal(flask.kind, "flask-migrate");
});

Deno.test("what is wrong with env.py is told beside the revisions", async () => {
  const postgres = await server("postgres17");
  await using database = await postgres.createDatabase();
  await using app = await appWith();
  const errorWith = async (env: Record<string, string>) => {
    const { database_error, revisions } = await probe(app, { db: true }, env);
    assert.equal(revisions.length, 8);
    return database_error;
  };
  const unset = await errorWith({});
  assert.deepEqual([unset?.kind, unset?.class], ["env-failed", "KeyError"]);
  assert.match(unset?.source ?? "", /DATABASE_URL/);
  assert.equal((await errorWith(leadingTo(database, "psycopg2")))?.kind, "no-driver");
  const closed = await errorWith({ DATABASE_URL: "postgresql+psycopg://a:b@127.0.0.1:1/c" });
  assert.equal(closed?.kind, "connection");
  const wrong = await errorWith({
    DATABASE_URL: "postgresql+psycopg://postgres@127.0.0.1/nowhere",
  });
  assert.equal(wrong?.kind, "connection");
  assert.match(wrong.message, /database "nowhere" does not exist/);

  await app.write("env.py", "print('nothing to do')\n");
  assert.equal((await errorWith({}))?.kind, "env-ran-nothing");
});

Deno.test("a % in an address of the ini is told without the address", async () => {
  await using app = await appWith({
    "env.py": "from alembic import context\n" +
      "context.config.get_section(context.config.config_ini_section)\n",
    "alembic.ini": "[alembic]\nscript_location = %(here)s\n" +
      "sqlalchemy.url = postgresql://me:ses%ame0pen@db/shop\n",
  });
  const ended = await app.run("probe", { db: true });
  const { database_error } = probeReply.parse(resultOf(ended));
  assert.equal(database_error?.kind, "bad-config");
  assert.match(database_error.message, /\[alembic\] sqlalchemy\.url: a % in a value must be/);
  assert.ok(!ended.stdout.includes("ame0pen"), ended.stdout);
});

Deno.test("an interpreter without Alembic says so", async () => {
  await using app = await appWith({}, { python: "/usr/bin/python3" });
  const failure = failureOf(await app.run("probe", {}));
  assert.deepEqual([failure.kind, failure.data["missing"]], ["no-alembic", "alembic"]);
});

Deno.test("a project's own folder named alembic is not taken for the library", async () => {
  await using app = await appWith();
  await app.container.exec("mkdir", `${FOLDER}/alembic`);
  await app.container.exec("touch", `${FOLDER}/alembic/__init__.py`);
  assert.equal((await probe(app)).revisions.length, 8);
});

Deno.test("configurations are found by what the container is started with, then by place", async () => {
  await using app = await appWith();
  await app.container.exec("mkdir", "-p", "/app/backend");
  const ini =
    "[alembic]\nscript_location = /srv/project\n[tenants]\nscript_location = /srv/project\n";
  await app.container.exec("sh", "-c", `printf '%b' "$0" > /app/backend/migrate.ini`, ini);
  await app.container.exec("sh", "-c", "echo '[alembic]' > /app/alembic.ini");
  const ended = await app.run("probe", {
    locate: {
      working_dirs: ["/srv/app"],
      commands: [["sh", "-c", "cd /app/backend && alembic -c migrate.ini upgrade head && serve"]],
    },
  });
  const configs = rankedConfigs.parse(resultOf(ended)["configs"]);
  assert.deepEqual(
    configs.map((
      { config, name, working_dir, script_location },
    ) => [config, name, working_dir, script_location]),
    [
      ["/app/backend/migrate.ini", "alembic", "/app/backend", FOLDER],
      [`${FOLDER}/alembic.ini`, "alembic", FOLDER, FOLDER],
      ["/app/backend/migrate.ini", "tenants", "/app/backend", FOLDER],
      ["/app/alembic.ini", "alembic", "/app", null],
    ],
  );
  const found = await probe(app, { locate: { working_dirs: [FOLDER] } });
  assert.deepEqual([found.config, found.working_dir], [`${FOLDER}/alembic.ini`, FOLDER]);
});

Deno.test("a project can be configured in pyproject.toml alone", async () => {
  await using app = await appWith({
    "pyproject.toml": '[tool.alembic]\nscript_location = "%(here)s"\nprepend_sys_path = ["."]\n',
  });
  await app.container.exec("rm", `${FOLDER}/alembic.ini`);
  const found = await probe(app, { locate: { working_dirs: [FOLDER] } });
  assert.equal(found.config, `${FOLDER}/pyproject.toml`);
  assert.equal(found.revisions.length, 8);
});
