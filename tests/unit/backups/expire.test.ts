import assert from "node:assert/strict";
import { join } from "node:path";
import { expire } from "../../../src/backups/expire.ts";
import { listFolder } from "../../../src/backups/list.ts";
import { updateManifest } from "../../../src/backups/manifest_file.ts";
import {
  lockTarget,
  namesIn,
  obligation,
  rejected,
  replaced,
  store,
  systemError,
  tempDir,
  tmpfs,
} from "./support.ts";

const at = (day: number) => ({ takenAt: `2026-11-${day}T03:00:00Z` });
const id = (day: number) => `db_backup_202611${day}_030000`;
const files = (day: number) => [".dump", ".globals.sql", ".json"].map((end) => id(day) + end);

obligation("expire() removes a backup's own files and no others", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  for (const day of [20, 21, 22]) await store(folder, at(day));
  const similar = `${id(21)}_2.sql`;
  await Deno.writeTextFile(join(folder.path, similar), "somebody's");
  const seen: string[] = [];
  const { ids, bytes } = await expire(folder, [id(21)], { progress: (name) => seen.push(name) });
  assert.deepEqual([ids, seen], [[id(21)], [id(21)]]);
  assert.ok(bytes > 0);
  const rest = [".lock", ...files(20), similar, ...files(22)];
  assert.deepEqual(await namesIn(folder.path), rest.toSorted());
});

obligation("expire() leaves what was pinned or removed since it was decided", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  for (const day of [20, 21]) await store(folder, at(day));
  await updateManifest(folder, id(20), { pinned: { at: "2026-11-22T03:00:00Z", note: "" } });
  assert.deepEqual((await expire(folder, [id(20), id(19), id(21)])).ids, [id(21)]);
  assert.deepEqual(await namesIn(folder.path), [".lock", ...files(20)].toSorted());
});

obligation("expire() leaves what was adopted, whoever names it", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  await store(folder, { ...at(20), facts: { adopted: { file: "old.sql", writtenAt: null } } });
  await store(folder, { ...at(21), facts: { reason: "adopted old.sql" } });
  assert.deepEqual((await expire(folder, [id(20), id(21)])).ids, []);
});

obligation("expire() does not remove what its manifest does not vouch for", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  await store(folder, at(20));
  await Deno.truncate(join(folder.path, `${id(20)}.json`), 50);
  await rejected(expire(folder, [id(20)]), "manifest-damaged");
  assert.deepEqual(await namesIn(folder.path), [".lock", ...files(20)].toSorted());
});

obligation("expire() stops between two backups when the signal says so", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  for (const day of [20, 21]) await store(folder, at(day));
  const abort = new AbortController();
  const options = { signal: abort.signal, progress: () => abort.abort() };
  await assert.rejects(expire(folder, [id(20), id(21)], options), { name: "AbortError" });
  assert.deepEqual(await namesIn(folder.path), [".lock", ...files(21)].toSorted());
});

obligation("expire() works on a full disk, where it is what is needed", async () => {
  await using disk = await tmpfs(256 * 1024);
  await using folder = await lockTarget(disk.path);
  for (const day of [20, 21]) await store(folder, at(day));
  using filler = await Deno.open(join(disk.path, "filler"), { write: true, createNew: true });
  await assert.rejects(async () => {
    for (;;) await filler.write(new Uint8Array(4096));
  });
  await expire(folder, [id(20)]);
  assert.deepEqual((await listFolder(folder.path)).backups.map((backup) => backup.id), [id(21)]);
});

obligation(
  "expire() leaves no listed backup without its dump when a file cannot be removed",
  async () => {
    await using temp = await tempDir();
    await using folder = await lockTarget(temp.path);
    await store(folder, at(20));
    const remove = Deno.remove;
    {
      using _stuck = replaced(
        "remove",
        (path) =>
          String(path).endsWith(".dump") ? Promise.reject(systemError("EIO")) : remove(path),
      );
      const error = await rejected(expire(folder, [id(20)]), "file-access");
      assert.match(error.message, /remove ".*db_backup_20261120_030000\.dump": the disk reports/);
    }
    const { backups, loose } = await listFolder(folder.path);
    assert.deepEqual([backups, loose], [[], []]);
  },
);
