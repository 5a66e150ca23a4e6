import assert from "node:assert/strict";
import { join } from "node:path";
import { withAppLabels, withDatabaseLabels } from "../../../src/config/labels.ts";
import { loadSettings, type SettingFlags, type Settings } from "../../../src/config/settings.ts";
import { sourceText } from "../../../src/config/source.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { environmentOf, folderWith } from "./folders.ts";

interface Given {
  readonly yaml?: string;
  readonly flags?: SettingFlags;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Settings of a folder `here`, whose path in values is cut. */
async function settingsOf({ yaml, flags = {}, environment = {} }: Given): Promise<Settings> {
  await using folder = await folderWith({
    "here/x": "",
    ...(yaml === undefined ? {} : { "oakum.yaml": yaml }),
  });
  const directory = join(folder.path, "here");
  const settings = await loadSettings({
    flags,
    environment: environmentOf(environment),
    directory,
  });
  return JSON.parse(JSON.stringify(settings).replaceAll(folder.path, ""));
}

Deno.test("without anything, settings are defaults and say so", async () => {
  const settings = await settingsOf({});
  assert.equal(settings.guard.value, "full");
  assert.equal(settings.backups.verify.value, "read");
  assert.equal(settings.upgrade.lockTimeout.value, 3000);
  assert.deepEqual(settings.upgrade.health.value, []);
  assert.equal(settings.upgrade.onFailure.value, "stop");
  assert.deepEqual(settings.rehearsal.rules.value, {});
  assert.equal(settings.rehearsal.timeout.value, 30 * 60_000);
  assert.equal(settings.backups.dir.value, undefined);
  assert.equal(sourceText(settings.guard.source), "default");
});

Deno.test("flags win over the environment, which wins over the file", async () => {
  const yaml = "project: filed\nguard: none\nbackups: { dir: filed, verify: restore }\n";
  const environment = {
    COMPOSE_PROJECT_NAME: "named",
    OAKUM_BACKUP_DIR: "named",
    OAKUM_VERIFY: "none",
  };
  const flags = { project: "flagged", backupDir: "flagged" };
  const settings = await settingsOf({ yaml, environment, flags });
  assert.equal(settings.project.value, "flagged");
  assert.equal(sourceText(settings.project.source), "--project");
  assert.equal(settings.backups.dir.value, "/here/flagged");
  assert.equal(settings.backups.verify.value, "none");
  assert.equal(sourceText(settings.backups.verify.source), "OAKUM_VERIFY");
  assert.equal(settings.guard.value, "none");
  assert.equal(sourceText(settings.guard.source), "/oakum.yaml:2");
});

Deno.test("a variable that is empty counts as not set", async () => {
  const settings = await settingsOf({
    yaml: "project: filed",
    environment: { COMPOSE_PROJECT_NAME: "" },
  });
  assert.equal(settings.project.value, "filed");
});

Deno.test("paths are relative to where they are said, and ~ in the file is the home folder", async () => {
  const dir = async (given: Given) => (await settingsOf(given)).backups.dir.value;
  assert.equal(await dir({ yaml: "backups: { dir: a/../kept }" }), "/kept");
  assert.equal(
    await dir({ yaml: "backups: { dir: ~/kept }", environment: { HOME: "/home/me" } }),
    "/home/me/kept",
  );
  assert.equal(await dir({ environment: { OAKUM_BACKUP_DIR: "kept" } }), "/here/kept");
  assert.equal(await dir({ yaml: "guard: none" }), "/backups");
});

Deno.test("--database names the service, or service and database", async () => {
  const yaml = "database: { service: store, name: shop, user: owner }";
  const { database: same } = await settingsOf({
    yaml,
    flags: { database: { service: "store", name: undefined } },
  });
  assert.deepEqual([same.service.value, same.name.value, same.user.value], [
    "store",
    "shop",
    "owner",
  ]);
  const { database: named } = await settingsOf({
    yaml,
    environment: { OAKUM_DATABASE: "store/other" },
  });
  assert.deepEqual([named.name.value, named.user.value], ["other", "owner"]);
});

Deno.test("what the file says of one service is not taken for another that a flag names", async () => {
  const yaml =
    "database: { service: store, name: shop, user: owner }\napp: { service: web, workdir: /srv, x: [a=b] }";
  const flags = { app: "worker", database: { service: "second", name: undefined } };
  const { app, database } = await settingsOf({ yaml, flags });
  assert.deepEqual([database.name.value, database.user.value], [undefined, undefined]);
  assert.deepEqual([app.service.value, app.workdir.value, app.x.value], ["worker", undefined, []]);
});

Deno.test("-x adds to the file's arguments, so that a tenant is not lost", async () => {
  const { app } = await settingsOf({ yaml: "app: { x: [tenant=a] }", flags: { x: ["dry=1"] } });
  assert.deepEqual(app.x.value, ["tenant=a", "dry=1"]);
});

Deno.test("a variable that cannot be used is refused with its value and what is accepted", async () => {
  const bad = {
    OAKUM_GUARD: "ful",
    OAKUM_VERIFY: "yes",
    OAKUM_LOCK_TIMEOUT: "3",
    OAKUM_ON_FAILURE: "rollback",
    OAKUM_HEALTH: "localhost:8000",
    OAKUM_REHEARSAL_MEMORY: "2",
    OAKUM_REHEARSAL_TIMEOUT: "0s",
    OAKUM_DATABASE: "/shop",
    COMPOSE_PROJECT_NAME: "My Shop",
  };
  for (const [name, value] of Object.entries(bad)) {
    await assert.rejects(settingsOf({ environment: { [name]: value } }), (error) => {
      return error instanceof OakumError && error.outcome === "usage" &&
        error.message.startsWith(`The variable ${name} is "${value}"; accepted is `);
    });
  }
});

Deno.test("a word that is wrong is refused with all that are right, and none is guessed", async () => {
  for (const value of ["nope", "non"]) {
    await assert.rejects(settingsOf({ environment: { OAKUM_GUARD: value } }), (error) => {
      const said = `The variable OAKUM_GUARD is "${value}"; accepted is full, backup, none.`;
      return error instanceof OakumError && error.message === said;
    });
  }
});

Deno.test("--config and OAKUM_CONFIG name the file instead of the nearest one", async () => {
  await using folder = await folderWith({
    "oakum.yaml": "guard: none",
    "other.yaml": "guard: backup",
  });
  const load = (flags: SettingFlags, environment: Readonly<Record<string, string>>) =>
    loadSettings({ flags, environment: environmentOf(environment), directory: folder.path });
  assert.equal((await load({ config: "other.yaml" }, {})).guard.value, "backup");
  assert.equal((await load({}, { OAKUM_CONFIG: "other.yaml" })).guard.value, "backup");
  await assert.rejects(load({ config: "missing.yaml" }, {}), OakumError);
});

Deno.test("a folder that is not there is refused", async () => {
  const missing = loadSettings({
    flags: {},
    environment: environmentOf({}),
    directory: "/nowhere/at/all",
  });
  await assert.rejects(
    missing,
    (error) => error instanceof OakumError && error.outcome === "usage",
  );
});

Deno.test("settings that this version does not use are named in warnings", async () => {
  const yaml =
    "backups:\n  keep: { last: 3 }\nnotify: { ping: x }\nrehearsal: { run: x, mask: y }\n" +
    "upgrade: { on_failure: stop }\n";
  const { warnings } = await settingsOf({ yaml });
  assert.deepEqual(warnings.map(({ text }) => text), [
    '/oakum.yaml:2: "backups.keep" is not used by this version of oakum.',
    '/oakum.yaml:4: "rehearsal.mask" is not used by this version of oakum.',
    '/oakum.yaml:3: "notify" is not used by this version of oakum.',
  ]);
});

Deno.test("how a migration is rehearsed and applied is read from the file", async () => {
  const yaml = `
rehearsal:
  rules: { rewrite-over: 100MB, downgrade-empty: off, statements-over: 5 }
  run: pytest -q
  environment: { MODE: rehearsal }
  services: [redis]
  memory: 2g
  writable: [/srv/cache]
  timeout: 5min
upgrade: { lock_timeout: 1s, health: ["https://localhost/health"], on_failure: restore }
`;
  const { rehearsal, upgrade } = await settingsOf({ yaml });
  assert.deepEqual(rehearsal.rules.value, {
    "rewrite-over": "100MB",
    "downgrade-empty": "off",
    "statements-over": "5",
  });
  assert.equal(rehearsal.run.value, "pytest -q");
  assert.deepEqual(rehearsal.environment.value, { MODE: "rehearsal" });
  assert.deepEqual(rehearsal.services.value, ["redis"]);
  assert.equal(rehearsal.memory.value, 2 * 1024 ** 3);
  assert.deepEqual(rehearsal.writable.value, ["/srv/cache"]);
  assert.equal(rehearsal.timeout.value, 300_000);
  assert.equal(sourceText(rehearsal.timeout.source), "/oakum.yaml:9");
  assert.equal(upgrade.lockTimeout.value, 1000);
  assert.deepEqual(upgrade.health.value, ["https://localhost/health"]);
  assert.equal(upgrade.onFailure.value, "restore");
});

Deno.test("variables of an upgrade and a rehearsal win over the file", async () => {
  const yaml = "rehearsal: { run: a, memory: 1g }\n" +
    "upgrade: { health: [http://a], on_failure: stop }";
  const environment = {
    OAKUM_HEALTH: "http://b  http://c",
    OAKUM_ON_FAILURE: "restore",
    OAKUM_REHEARSAL_RUN: "b",
    OAKUM_REHEARSAL_MEMORY: "512m",
    OAKUM_REHEARSAL_TIMEOUT: "1min",
  };
  const named = await settingsOf({ yaml, environment });
  assert.deepEqual(named.upgrade.health.value, ["http://b", "http://c"]);
  assert.equal(named.upgrade.onFailure.value, "restore");
  assert.equal(named.rehearsal.run.value, "b");
  assert.equal(named.rehearsal.memory.value, 512 * 1024 ** 2);
  assert.equal(named.rehearsal.timeout.value, 60_000);
  assert.equal(sourceText(named.upgrade.onFailure.source), "OAKUM_ON_FAILURE");
});

Deno.test("labels fill what is not set, and nothing else", async () => {
  const { app, database } = await settingsOf({ yaml: "app: { workdir: /set }" });
  const labels = { "oakum.workdir": "/label", "oakum.alembic": "a.ini", "oakum.database": "shop" };
  const filled = withAppLabels(app, { container: "shop-web-1", labels });
  assert.deepEqual([filled.workdir.value, filled.alembic.value], ["/set", "a.ini"]);
  assert.equal(sourceText(filled.alembic.source), "label oakum.alembic of shop-web-1");
  const { name } = withDatabaseLabels(database, { container: "shop-db-1", labels });
  assert.equal(name.value, "shop");
});
