import assert from "node:assert/strict";
import { join } from "node:path";
import type { LockedFolder } from "../../../src/backups/lock.ts";
import type { Manifest } from "../../../src/backups/manifest.ts";
import { markerName, temporaryName } from "../../../src/backups/names.ts";
import { sealed } from "../../../src/backups/seal.ts";
import { sweep } from "../../../src/backups/sweep.ts";
import { openDump } from "../../../src/backups/write.ts";
import {
  bytes,
  lockTarget,
  manifestOf,
  namesIn,
  neverLeft,
  obligation,
  store,
  tempDir,
} from "./support.ts";

const ID = "db_backup_20261122_143914";

/** A folder in which one backup stands; the callback adds what a dead run may have left. */
async function swept(
  leave: (at: (name: string) => string, folder: LockedFolder, manifest: Manifest) => Promise<void>,
): Promise<{ removed: string[]; left: string[] }> {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path, "now");
  const manifest = await store(folder);
  await leave((name) => join(folder.path, name), folder, manifest);
  const removed = (await sweep(folder, neverLeft)).map(({ file }) => file).toSorted();
  const left = await namesIn(folder.path);
  return { removed, left: left.filter((name) => name !== ".lock") };
}

const WHOLE = [`${ID}.dump`, `${ID}.globals.sql`, `${ID}.json`];
const OTHER = "db_backup_20261121_030000";
const data = { bytes: 3, sha256: "e".repeat(64) };
const half = manifestOf(OTHER, {
  dump: { file: `${OTHER}.dump`, ...data, format: "custom", compression: "zstd:1" },
  globals: null,
});

obligation("sweep() removes nothing from a folder that no run has died in", async () => {
  assert.deepEqual(await swept(async () => {}), { removed: [], left: WHOLE });
});

obligation(
  "sweep() removes temporary files of dead runs and reports them with their sizes",
  async () => {
    await using temp = await tempDir();
    await using folder = await lockTarget(temp.path, "now");
    const file = temporaryName("dead", `${OTHER}.dump`);
    await Deno.writeTextFile(join(folder.path, file), "half a dump");
    assert.deepEqual(await sweep(folder, neverLeft), [{ file, bytes: 11, run: "dead" }]);
    assert.deepEqual(await namesIn(folder.path), [".lock"]);
  },
);

obligation("sweep() leaves this run's own temporary files alone", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path, "now");
  const options = { takenAt: new Date(), format: "custom", compression: "none" } as const;
  await using dump = await openDump(folder, options);
  assert.deepEqual(await sweep(folder, neverLeft), []);
  await dump.write(bytes("x"));
  assert.equal((await dump.finish()).bytes, 1);
});

obligation("sweep() leaves dumps without a manifest to whoever put them there", async () => {
  const loose = [`${OTHER}.dump`, `${OTHER}.globals.sql`, "shop.sql", "journal.jsonl"];
  const { removed, left } = await swept(async (at) => {
    for (const name of loose) await Deno.writeTextFile(at(name), "abc");
  });
  assert.deepEqual([removed, left], [[], [...loose, ...WHOLE].toSorted()]);
});

obligation("sweep() removes the data of a half published backup", async () => {
  const marker = markerName("dead", OTHER);
  const temporary = temporaryName("dead", `${OTHER}.dump`);
  const { removed, left } = await swept(async (at) => {
    await Deno.writeFile(at(marker), sealed(half));
    await Deno.writeTextFile(at(temporary), "abc");
    await Deno.link(at(temporary), at(`${OTHER}.dump`));
  });
  assert.deepEqual(removed, [marker, temporary, `${OTHER}.dump`].toSorted());
  assert.deepEqual(left, WHOLE);
});

obligation("sweep() keeps a backup whose run died just after it was published", async () => {
  const marker = markerName("dead", ID);
  const { removed, left } = await swept(async (at, _, manifest) => {
    await Deno.writeFile(at(marker), sealed(manifest));
  });
  assert.deepEqual([removed, left], [[marker], WHOLE]);
});

obligation(
  "sweep() does not take somebody's file for a dead run's, though the name fits",
  async () => {
    const marker = markerName("dead", OTHER);
    const temporary = temporaryName("dead", `${OTHER}.dump`);
    const twoFiles = await swept(async (at) => {
      await Deno.writeFile(at(marker), sealed(half));
      await Deno.writeTextFile(at(temporary), "abc");
      await Deno.writeTextFile(at(`${OTHER}.dump`), "xyz");
    });
    assert.deepEqual(twoFiles.left, [`${OTHER}.dump`, ...WHOLE]);
    const otherSize = await swept(async (at) => {
      await Deno.writeFile(at(marker), sealed(half));
      await Deno.writeTextFile(at(`${OTHER}.dump`), "somebody's");
    });
    assert.deepEqual(otherSize.left, [`${OTHER}.dump`, ...WHOLE]);
  },
);

obligation("sweep() removes nothing at the word of a marker that is cut or forged", async () => {
  const marker = markerName("dead", OTHER);
  const cut = await swept(async (at) => {
    await Deno.writeFile(at(marker), sealed(half).subarray(0, 500));
    await Deno.writeTextFile(at(`${OTHER}.dump`), "abc");
  });
  assert.deepEqual(cut.left, [`${OTHER}.dump`, ...WHOLE]);
  const forged = await swept(async (at, _, { dump }) => {
    await Deno.writeFile(at(marker), sealed({ ...half, dump }));
  });
  assert.deepEqual(forged.left, WHOLE);
});

obligation("sweep() goes past what cannot be removed, and says what", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path, "now");
  const at = (name: string) => join(folder.path, name);
  const [stays, goes] = ["dead", "gone"].map((run) => temporaryName(run, `${OTHER}.dump`));
  const marker = markerName("dead", OTHER);
  await Deno.writeFile(at(marker), sealed(half));
  // A folder that is not empty is as hard to remove as a file that somebody has made immutable.
  await Deno.mkdir(at(`${stays}/x`), { recursive: true });
  await Deno.writeTextFile(at(goes!), "abc");
  const left: string[] = [];
  const swept = await sweep(folder, (file) => left.push(file));
  assert.deepEqual([swept.map(({ file }) => file), left], [[marker, goes].toSorted(), [stays]]);
});

obligation("sweep() keeps the marker of data that cannot be removed", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path, "now");
  const at = (name: string) => join(folder.path, name);
  const marker = markerName("dead", OTHER);
  await Deno.mkdir(at(`${OTHER}.dump`));
  await Deno.writeTextFile(at(`${OTHER}.dump/x`), "x");
  const { size: bytes } = await Deno.lstat(at(`${OTHER}.dump`));
  await Deno.writeFile(at(marker), sealed({ ...half, dump: { ...half.dump, bytes } }));
  const left: string[] = [];
  assert.deepEqual(await sweep(folder, (file) => left.push(file)), []);
  assert.deepEqual([left, await namesIn(folder.path)], [
    [marker],
    [".lock", marker, `${OTHER}.dump`].toSorted(),
  ]);
});
