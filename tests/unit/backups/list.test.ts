import assert from "node:assert/strict";
import { join } from "node:path";
import { expire } from "../../../src/backups/expire.ts";
import { listFolder, listTarget } from "../../../src/backups/list.ts";
import { listDir } from "../../../src/backups/list_dir.ts";
import { lockFolder } from "../../../src/backups/lock.ts";
import { prepareFolder } from "../../../src/backups/folder.ts";
import { prettyJson, sealed, sealOf } from "../../../src/backups/seal.ts";
import {
  bytes,
  clockAt,
  lockTarget,
  manifestOf,
  obligation,
  rejected,
  replaced,
  shopFolder,
  store,
  TARGET,
  tempDir,
} from "./support.ts";

obligation(
  "listTarget() orders by the manifest's time, never by a file's time or name",
  async () => {
    await using temp = await tempDir();
    await using folder = await lockTarget(temp.path);
    await store(folder, { takenAt: "2026-11-20T03:00:00Z" });
    await store(folder, { takenAt: "2026-11-22T03:00:00Z" });
    await store(folder, { takenAt: "2026-11-21T03:00:00Z" });
    // Copied or touched later, and one whose name says another time than its manifest.
    const old = "db_backup_20990101_000000";
    const oldest = manifestOf(old, { takenAt: "2019-01-01T00:00:00Z", globals: null });
    await Deno.writeFile(join(folder.path, `${old}.json`), sealed(oldest));
    await Deno.truncate(join(folder.path, "db_backup_20261120_030000.json"), 0).catch(() => {});
    const ids = (await listTarget(temp.path, TARGET)).backups.map(({ id }) => id);
    assert.deepEqual(ids, [
      "db_backup_20261122_030000",
      "db_backup_20261121_030000",
      old,
      "db_backup_20261120_030000",
    ]);
  },
);

obligation("listTarget() orders backups of one second by their numbers", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  for (let n = 0; n < 11; n++) await store(folder);
  const ids = (await listTarget(temp.path, TARGET)).backups.map(({ id }) => id);
  assert.equal(ids[0], "db_backup_20261122_143914_11");
  assert.equal(ids[1], "db_backup_20261122_143914_10");
  assert.equal(ids.at(-1), "db_backup_20261122_143914");
});

obligation(
  "listTarget() says of each backup what can be seen without reading its data",
  async () => {
    await using temp = await tempDir();
    await using folder = await lockTarget(temp.path);
    const at = (day: number) => `2026-11-${day}T03:00:00Z`;
    const id = (day: number) => `db_backup_202611${day}_030000`;
    const suspect = ["It has 0 tables; there were 9."];
    await store(folder, { takenAt: at(28) });
    await store(folder, { takenAt: at(27), facts: { suspect } });
    for (const day of [26, 25, 24, 23, 22, 21]) await store(folder, { takenAt: at(day) });
    const file = (day: number, extension: string) => join(folder.path, id(day) + extension);
    await Deno.remove(file(26, ".dump"));
    await Deno.truncate(file(25, ".dump"), 3);
    await Deno.remove(file(24, ".globals.sql"));
    await Deno.remove(file(23, ".dump"));
    await Deno.symlink("/etc/hostname", file(23, ".dump"));
    await Deno.writeTextFile(file(22, ".globals.sql"), "DROP ROLE x;\n", { append: true });
    await Deno.writeTextFile(file(21, ".json"), "{");

    const { backups, loose } = await listTarget(temp.path, TARGET);
    assert.deepEqual(backups.map(({ state }) => state), [
      "good",
      "suspect",
      "missing",
      "size",
      "missing",
      "missing",
      "size",
      "damaged",
    ]);
    const words = backups.map((backup) =>
      backup.state === "damaged" ? backup.error.message : backup.problems.join(" ")
    );
    assert.equal(words[0], "");
    assert.equal(words[1], suspect[0]);
    assert.match(words[2]!, /^"db_backup_20261126_030000\.dump" is not there\.$/);
    assert.match(words[3]!, /has 3 B \(3 bytes\) instead of 26/);
    assert.match(words[4]!, /globals\.sql" is not there/);
    assert.match(words[5]!, /is a symbolic link/);
    assert.match(words[6]!, /globals\.sql" has 31 B/);
    assert.match(words[7]!, /is damaged: it is not a JSON object/);
    assert.deepEqual(loose, [], "the files of a damaged backup are not loose");
  },
);

obligation("listTarget() takes no other target's backup, though its files lie there", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  await store(folder, { facts: { target: { ...TARGET, database: "shop_prod" } } });
  const [backup] = (await listTarget(temp.path, TARGET)).backups;
  assert.ok(backup?.state === "damaged");
  assert.match(backup.error.message, /is a backup of the database "shop_prod" .* not of/);
  assert.equal((await listFolder(folder.path)).backups[0]?.state, "good", "named by its path");
});

obligation(
  "listTarget() shows files without a manifest as loose, and oakum's own not at all",
  async () => {
    await using temp = await tempDir();
    await using folder = await lockTarget(temp.path);
    await store(folder);
    const loose = ["db_backup_20200101_000000.sql", "notes.json", "shop.dump"];
    for (const name of loose) await Deno.writeTextFile(join(folder.path, name), "x");
    const own = [".oakum-tmp-dead-db_backup_20261122_143914.dump", "journal.jsonl", ".DS_Store"];
    for (const name of own) await Deno.writeTextFile(join(folder.path, name), "x");
    const listing = await listTarget(temp.path, TARGET);
    assert.deepEqual(listing.loose, loose);
    assert.equal(listing.backups.length, 1);
  },
);

obligation("listTarget() does not show a backup that is removed while it looks", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const { id, dump } = await store(folder);
  const lstat = Deno.lstat;
  using _race = replaced("lstat", async (path) => {
    if (String(path).endsWith(dump.file)) await expire(folder, [id]);
    return await lstat(path);
  });
  assert.deepEqual((await listTarget(temp.path, TARGET)).backups, []);
});

obligation("listTarget() reports a newer oakum's manifest and goes on", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  await store(folder);
  const id = "db_backup_20261123_030000";
  const content = { ...manifestOf(id), manifest: 2 };
  const file = join(folder.path, `${id}.json`);
  await Deno.writeFile(file, bytes(prettyJson({ ...content, seal: sealOf(content) })));
  const [good, newer] = (await listTarget(temp.path, TARGET)).backups;
  assert.equal(good?.state, "good");
  assert.ok(newer?.state === "damaged" && newer.error.code === "manifest-newer");
});

obligation("listTarget() never calls an unreadable folder empty", async () => {
  await using temp = await tempDir();
  const none = await listTarget(temp.path, TARGET);
  assert.deepEqual([none.exists, none.backups], [false, []]);
  await Deno.mkdir(join(temp.path, "shop"));
  await Deno.writeTextFile(shopFolder(temp.path), "a file");
  await rejected(listTarget(temp.path, TARGET), "file-access");
  await rejected(listDir(join(shopFolder(temp.path), "below")), "file-access");
});

obligation(
  "listDir() finds every target, whatever its names, and the scripts' old files",
  async () => {
    await using temp = await tempDir();
    const targets = [
      { project: "blog", service: "db", database: 'Odd name/"x"' },
      { project: "blog", service: "db", database: "ä".repeat(31) },
      TARGET,
    ];
    for (const target of targets) {
      const path = await prepareFolder(temp.path, target);
      const clock = clockAt("2026-11-22T14:39:14Z");
      await using folder = await lockFolder(path, { run: "r1", command: "backup", pid: 1, clock });
      await store(folder, { facts: { target } });
    }
    await Deno.writeTextFile(join(temp.path, "db_backup_20200101_000000.sql"), "x");
    await Deno.mkdir(join(temp.path, "lost+found"));
    await Deno.mkdir(join(temp.path, "shop", "notes"));
    const listing = await listDir(temp.path);
    assert.deepEqual(listing.loose, ["db_backup_20200101_000000.sql"]);
    assert.deepEqual(new Set(listing.targets.map(({ target }) => target)), new Set(targets));
    for (const { backups } of listing.targets) {
      assert.deepEqual(backups.map(({ state }) => state), ["good"]);
    }
  },
);

obligation("listDir() tells a folder that does not exist from an empty one", async () => {
  await using temp = await tempDir();
  assert.equal((await listDir(join(temp.path, "never"))).exists, false);
  assert.deepEqual(await listDir(temp.path), {
    dir: temp.path,
    exists: true,
    targets: [],
    loose: [],
  });
});
