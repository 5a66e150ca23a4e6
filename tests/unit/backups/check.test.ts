import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { bytesToCheck, checkBackup, type CheckFinding } from "../../../src/backups/check.ts";
import type { Manifest } from "../../../src/backups/manifest.ts";
import { lockTarget, obligation, shopFolder, store, tempDir } from "./support.ts";

const ID = "db_backup_20261122_143914";
const CONTENT = "PGDMP" + "0123456789".repeat(30);

/** Stores a backup, lets somebody at its folder, and checks it. */
async function findingsAfter(
  change: (path: (extension: string) => string) => Promise<void>,
  others: Manifest[] = [],
): Promise<CheckFinding[]> {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const manifest = await store(folder, { content: CONTENT });
  await change((extension) => join(folder.path, ID + extension));
  return await checkBackup({ folder: folder.path, manifest }, { others });
}

obligation("checkBackup() finds nothing in a backup that nobody touched", async () => {
  assert.deepEqual(await findingsAfter(async () => {}), []);
});

obligation("checkBackup() finds any byte that was flipped in the dump", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const manifest = await store(folder, { content: CONTENT });
  const path = join(folder.path, manifest.dump.file);
  const original = await Deno.readFile(path);
  const at = fc.integer({ min: 0, max: original.length - 1 });
  await fc.assert(fc.asyncProperty(at, fc.integer({ min: 1, max: 255 }), async (index, mask) => {
    const flipped = original.slice();
    flipped[index]! ^= mask;
    await Deno.writeFile(path, flipped);
    const [finding] = await checkBackup({ folder: folder.path, manifest });
    assert.equal(finding?.kind, "damaged");
  }));
});

obligation("checkBackup() names the file, what was expected and what is there", async () => {
  const [finding, ...rest] = await findingsAfter((path) => Deno.truncate(path(".dump"), 200));
  assert.deepEqual(rest, []);
  assert.equal(finding?.file, `${ID}.dump`);
  assert.equal(finding.kind, "truncated");
  assert.deepEqual([finding.expected.bytes, finding.found?.bytes], [305, 200]);
  assert.notEqual(finding.expected.sha256, finding.found?.sha256);
  assert.equal(finding.text, `"${ID}.dump" has 200 bytes instead of 305: it was cut.`);
});

obligation("checkBackup() reads the globals as well", async () => {
  const append = (path: string) => Deno.writeTextFile(path, "DROP ROLE x;\n", { append: true });
  const [finding] = await findingsAfter((path) => append(path(".globals.sql")));
  assert.deepEqual([finding?.file, finding?.kind], [`${ID}.globals.sql`, "longer"]);
});

obligation(
  "checkBackup() finds files that are gone, or are no ordinary files any more",
  async () => {
    const findings = await findingsAfter(async (path) => {
      await Deno.remove(path(".dump"));
      await Deno.rename(path(".globals.sql"), path(".moved"));
      await Deno.symlink(path(".moved"), path(".globals.sql"));
    });
    assert.deepEqual(findings.map(({ kind, found }) => [kind, found]), [
      ["missing", null],
      ["missing", null],
    ]);
  },
);

obligation("checkBackup() says whose content a swapped dump is", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const one = await store(folder, { takenAt: "2026-11-21T03:00:00Z", content: "one" });
  const two = await store(folder, { takenAt: "2026-11-22T03:00:00Z", content: "two" });
  const path = (manifest: Manifest) => join(folder.path, manifest.dump.file);
  await Deno.copyFile(path(one), path(two));
  const [finding] = await checkBackup({ folder: folder.path, manifest: two }, { others: [one] });
  assert.deepEqual([finding?.kind, finding?.belongsTo], ["swapped", one.id]);
  assert.match(finding!.text, /holds what belongs to "db_backup_20261121_030000"/);
});

obligation("checkBackup() tells how far it is and stops when the signal says so", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const manifest = await store(folder, { content: "x".repeat(5_000_000) });
  const backup = { folder: shopFolder(temp.path), manifest };
  const seen: number[] = [];
  await checkBackup(backup, { progress: (bytes) => seen.push(bytes) });
  assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
  assert.equal(seen.at(-1), bytesToCheck(manifest));

  const abort = new AbortController();
  const stopped = checkBackup(backup, { signal: abort.signal, progress: () => abort.abort() });
  await assert.rejects(stopped, { name: "AbortError" });
});
