import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { runCommand } from "../../src/docker/run.ts";
import { OneOff } from "../../src/targets/oneoff.ts";
import {
  appOf,
  ENV_PY,
  environment,
  found,
  project,
  SCRIPTS,
  shop,
  url,
  withServices,
  withUrl,
} from "./discovery/shop.ts";
import { searcher } from "./stack.ts";

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
