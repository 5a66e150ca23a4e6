import assert from "node:assert/strict";
import type { ProbeReply } from "../../../src/migrators/alembic/replies.ts";
import { server } from "../fixtures.ts";
import { type App, failureOf, FOLDER, probe, startApp } from "./program.ts";

const SECTIONS = ["[main]", "script_location = /srv/project", "[static]"];
const OTHER = "script_location = /srv/other";

// One container for all: each scenario says what it is started with.
let app: App;

Deno.test.beforeAll(async () => {
  app = await startApp(await server("postgres17"));
  await app.container.exec("cp", "-r", FOLDER, "/srv/other");
  await app.write("two.ini", [...SECTIONS, OTHER].join("\n"));
  await app.write("default.ini", ["[alembic]", ...SECTIONS.slice(1), OTHER].join("\n"));
  const engines = ["[alembic]", ...SECTIONS.slice(1, 2), "[engine1]", "sqlalchemy.url = x"];
  await app.write("engines.ini", engines.join("\n"));
  await app.write("start.sh", "#!/bin/sh\n. ./migrate.sh\nexec serve\n");
  const script = [
    "# alembic -x tenant=old upgrade head",
    "alembic -c two.ini \\\n  --name static \\\n  -x tenant=acme -x when=now upgrade head",
  ];
  await app.write("migrate.sh", script.join("\n"));
});

Deno.test.afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const locate = (...commands: string[][]) => ({ locate: { working_dirs: [FOLDER], commands } });
const shell = (text: string) => locate(["sh", "-c", text]);

async function refused(args: object): Promise<[kind: string, message: string]> {
  const { kind, message } = failureOf(await app.run("probe", args));
  return [kind, message];
}

const told = ({ name, config, passed_over, unknown_x }: ProbeReply) =>
  [name, config.replace(`${FOLDER}/`, ""), passed_over, unknown_x] as const;

Deno.test("sections and arguments are those of the container's own command", async () => {
  const env = `import os, sys\nassert os.environ["X"] == repr(sys.argv[1:]), sys.argv\n`;
  await app.write("../other/env.py", env);
  const x = (...more: string[]) => ({
    X: `['--config=${FOLDER}/two.ini', '--name=static', ` +
      `${more.map((one) => `'-x${one}'`).join(", ")}, 'current']`,
  });
  const direct = ["alembic", "-ctwo.ini", "-nstatic", "-x", "tenant=acme", "upgrade", "head"];
  const ways = [
    [locate(["/bin/sh", "./start.sh"]), x("tenant=acme", "when=now")],
    [locate(direct), x("tenant=acme")],
    [shell("alembic -c two.ini -n static -x tenant=${T:-it} upgrade head; serve"), x("tenant=it")],
    [shell("poetry run alembic -c two.ini -n static -x t=$X upgrade head"), undefined],
  ] as const;
  for (const [args, environment] of ways) {
    const found = await probe(app, { ...args, db: true }, environment ?? { X: "$(date)" });
    assert.deepEqual(told(found).slice(0, 3), ["static", "two.ini", ["main"]]);
    assert.deepEqual(found.unknown_x, environment ? [] : ["t=$(date)"]);
    // The env.py ran with the arguments that it was told, and then did nothing more.
    if (environment) assert.equal(found.database_error?.class, null, found.database_error?.message);
  }
});

Deno.test("of several configurations that a command runs none is taken for all", async () => {
  const both = shell(
    "alembic -c two.ini -n main upgrade head && alembic -c two.ini -n static upgrade head",
  );
  const [kind, message] = await refused(both);
  assert.equal(kind, "several-sections");
  assert.match(message, /two\.ini \[main\], .*two\.ini \[static\]$/);
  const files = locate(["alembic", "-c", "default.ini", "upgrade", "head"], [
    "alembic",
    ...["-c", "engines.ini", "upgrade", "head"],
  ]);
  assert.match((await refused(files))[1], /default\.ini \[alembic\], .*engines\.ini \[alembic\]$/);
  const none = { ...locate(), config: "two.ini" };
  assert.match((await refused(none))[1], /has several sections, and none is \[alembic\]/);
  const tenants = "alembic -x tenant=a upgrade head; alembic -x tenant=b upgrade head";
  assert.deepEqual(await refused(shell(tenants)), [
    "several-arguments",
    "The container's command runs Alembic with different arguments: -x tenant=a; -x tenant=b",
  ]);
  const named = await probe(app, { ...both, config: "two.ini", name: "main" });
  assert.deepEqual(told(named), ["main", "two.ini", [], []]);
  assert.equal((await probe(app, { ...shell(tenants), x: ["tenant=b"] })).name, "alembic");
});

Deno.test("what lies beside [alembic] is told where it has revisions of its own", async () => {
  const beside = await probe(app, { ...locate(), config: "default.ini" });
  assert.deepEqual(told(beside), ["alembic", "default.ini", ["static"], []]);
  const engines = await probe(app, { ...locate(), config: "engines.ini" });
  assert.deepEqual(told(engines), ["alembic", "engines.ini", [], []]);
});

Deno.test("a configuration is found deep in a folder, and in the app's own package", async () => {
  const site = "/srv/venv/lib/python3*/site-packages";
  const make =
    `mv ${FOLDER}/*.ini /tmp; rm /srv/other/alembic.ini; mkdir -p /srv/app/src/pkg/db/migrations/conf;
    printf '[alembic]\\nscript_location = /srv/other\\n' > /srv/app/src/pkg/db/migrations/conf/alembic.ini
    cd ${site}; mkdir -p shopkit/migrations lib shopkit-1.0.dist-info
    touch shopkit/__init__.py; cp -r /srv/other/. shopkit/migrations
    printf '[alembic]\\nscript_location = shopkit:migrations\\n' | tee shopkit/alembic.ini > lib/alembic.ini
    touch lib/__init__.py; printf 'Name: shopkit\\n' > shopkit-1.0.dist-info/METADATA`;
  await app.container.exec("sh", "-c", make);
  const at = (...commands: string[][]) =>
    probe(app, {
      locate: { working_dirs: ["/srv/app"], commands },
    });
  const deep = "/srv/app/src/pkg/db/migrations/conf";
  assert.equal((await at()).config, `${deep}/alembic.ini`);
  await app.container.exec("rm", `${deep}/alembic.ini`);
  const { config, working_dir } = await at(["python", "-m", "shopkit.web"]);
  assert.match(config, /site-packages\/shopkit\/alembic\.ini$/);
  assert.equal(working_dir, "/srv/app");
  const library = await refused({ locate: { working_dirs: ["/srv/app"], commands: [["serve"]] } });
  assert.equal(library[0], "no-config");
  const folder = `printf '{"url": "file:///src", "dir_info": {}}' > direct_url.json`;
  await app.container.exec("sh", "-c", `cd ${site}/shopkit-1.0.dist-info && ${folder}`);
  assert.match((await at(["serve"])).config, /shopkit\/alembic\.ini$/);
});
