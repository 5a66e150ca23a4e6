import assert from "node:assert/strict";
import { loadSettings, type SettingFlags } from "../../../src/config/settings.ts";
import { isWanted, settingsIn } from "../../../src/targets/every.ts";

/** The settings of a folder whose file says so, with flags. */
async function settingsOf(file: string, flags: SettingFlags = {}) {
  const directory = await Deno.makeTempDir({ prefix: "oakum_every_" });
  try {
    await Deno.writeTextFile(`${directory}/oakum.yaml`, file);
    return await loadSettings({ flags, environment: () => undefined, directory });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const stack = (project: string, workingDir?: string) => ({
  project,
  workingDir,
  configFiles: [],
  running: true,
});

Deno.test("a file narrows nothing that is done to every stack, a flag does", async () => {
  const file = "project: shop\ndatabase: { service: db, name: shop }\n";
  const { project, database } = await settingsOf(file);
  assert.ok(isWanted(project, "bakery") && isWanted(database.service, "other"));
  const typed = await settingsOf(file, {
    project: "bakery",
    database: { service: "db", name: undefined },
  });
  assert.deepEqual(["bakery", "shop"].map((name) => isWanted(typed.project, name)), [true, false]);
  assert.deepEqual(
    ["db", "other"].map((name) => isWanted(typed.database.service, name)),
    [true, false],
  );
});

Deno.test("a file's user and folders are those of its own stack alone", async () => {
  const file = "database: { user: owner }\napp: { service: web, workdir: /srv, x: [a=1] }\n";
  const named = await settingsOf(`project: shop\n${file}`);
  const own = settingsIn(named, stack("shop"));
  assert.deepEqual([own.project.value, own.database.user.value], ["shop", "owner"]);
  assert.deepEqual([own.app.service.value, own.app.workdir.value], [undefined, "/srv"]);
  const other = settingsIn(named, stack("bakery"));
  assert.deepEqual([other.project.value, other.database.user.value], ["bakery", undefined]);
  assert.deepEqual([other.app.workdir.value, other.app.x.value], [undefined, []]);
  const nameless = await settingsOf(file);
  const here = settingsIn(nameless, stack("shop", nameless.directory));
  assert.equal(here.database.user.value, "owner");
  assert.equal(settingsIn(nameless, stack("shop", "/srv")).database.user.value, undefined);
});
