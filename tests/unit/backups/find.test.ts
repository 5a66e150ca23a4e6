import assert from "node:assert/strict";
import { join } from "node:path";
import { findBackup, findBackupAt } from "../../../src/backups/find.ts";
import { dumpPath, type Listing, listTarget } from "../../../src/backups/list.ts";
import {
  lockTarget,
  obligation,
  rejected,
  type Sample,
  store,
  TARGET,
  tempDir,
} from "./support.ts";

/** A listing of backups that really lie on a disk. */
async function listing(dir: string, ...samples: Sample[]): Promise<Listing> {
  await using folder = await lockTarget(dir);
  for (const sample of samples) await store(folder, sample);
  return await listTarget(dir, TARGET);
}

const at = (day: number) => ({ takenAt: `2026-11-${day}T03:00:00Z` });
const id = (day: number) => `db_backup_202611${day}_030000`;
const suspect = { facts: { suspect: ["It has 0 tables; there were 9."] } };

/** `rejected` for what throws at once. */
const refused = (find: () => unknown, code: string) => rejected(Promise.try(find), code);

obligation(
  "findBackup() takes `latest` for the newest good one and says what it passed over",
  async () => {
    await using temp = await tempDir();
    const found = await listing(
      temp.path,
      at(20),
      at(21),
      { ...at(22), ...suspect },
      at(23),
      at(24),
    );
    await Deno.remove(join(found.folder, `${id(23)}.dump`));
    await Deno.writeTextFile(join(found.folder, `${id(24)}.json`), "{}");
    const { backup, passedOver } = findBackup(await listTarget(temp.path, TARGET), "latest");
    assert.equal(backup.id, id(21));
    assert.deepEqual(passedOver.map((other) => [other.id, other.state]), [
      [id(23), "missing"],
      [id(22), "suspect"],
      [id(24), "damaged"],
    ]);
  },
);

obligation("findBackup() passes over nothing where the newest is good", async () => {
  await using temp = await tempDir();
  const { passedOver } = findBackup(
    await listing(temp.path, { ...at(20), ...suspect }, at(21)),
    "latest",
  );
  assert.deepEqual(passedOver, []);
});

obligation("findBackup() finds by name, by beginning, by time and by file", async () => {
  await using temp = await tempDir();
  const found = await listing(temp.path, at(20), { ...at(21), ...suspect }, at(21));
  const cases = [
    [id(20), id(20)],
    ["db_backup_20261120", id(20)],
    ["20261120", id(20)],
    ["20261120_0300", id(20)],
    [`${id(20)}.dump`, id(20)],
    [`${id(20)}.json`, id(20)],
    [`${id(20)}.globals.sql`, id(20)],
    [id(21), id(21)],
    [`${id(21)}_2`, `${id(21)}_2`],
  ];
  for (const [reference, expected] of cases) {
    assert.equal(findBackup(found, reference!).backup.id, expected, reference);
  }
});

obligation("findBackup() names the candidates when several match", async () => {
  await using temp = await tempDir();
  const found = await listing(temp.path, at(20), at(21), at(22));
  const error = await refused(() => findBackup(found, "2026112"), "ambiguous-backup");
  assert.equal(error.outcome, "notFound");
  assert.deepEqual(error.data.candidates, [id(22), id(21), id(20)]);
});

obligation("findBackup() names the newest when none matches", async () => {
  await using temp = await tempDir();
  const found = await listing(temp.path, at(20), at(21));
  for (const reference of ["2025", "", "backup", `${id(22)}.dump`]) {
    const error = await refused(() => findBackup(found, reference), "unknown-backup");
    assert.equal(error.outcome, "notFound");
    assert.match(
      error.hint!,
      /There are db_backup_20261121_030000, db_backup_20261120_030000/,
    );
  }
});

obligation("findBackup() points to adopt for a file without a manifest", async () => {
  await using temp = await tempDir();
  const { folder } = await listing(temp.path, at(20));
  await Deno.writeTextFile(join(folder, "db_backup_20200101_000000.sql"), "x");
  const found = await listTarget(temp.path, TARGET);
  const name = "db_backup_20200101_000000.sql";
  const error = await refused(() => findBackup(found, name), "not-a-backup");
  assert.match(error.hint!, /oakum adopt db_backup_20200101_000000\.sql/);
});

obligation("findBackup() says why a damaged one cannot be used", async () => {
  await using temp = await tempDir();
  const { folder } = await listing(temp.path, at(20));
  await Deno.truncate(join(folder, `${id(20)}.json`), 100);
  const found = await listTarget(temp.path, TARGET);
  await refused(() => findBackup(found, id(20)), "manifest-damaged");
});

obligation("findBackup() says why there is no `latest`", async () => {
  await using temp = await tempDir();
  const latest = async () => findBackup(await listTarget(temp.path, TARGET), "latest");
  assert.match((await rejected(latest(), "no-good-backup")).message, /does not exist/);
  await (await lockTarget(temp.path))[Symbol.asyncDispose]();
  assert.match((await rejected(latest(), "no-good-backup")).message, /^There is no backup in/);
  await listing(temp.path, { ...at(20), ...suspect });
  assert.match(
    (await rejected(latest(), "no-good-backup")).message,
    /has 1 backup, of which none is good/,
  );
});

obligation("findBackupAt() finds a backup wherever its files lie", async () => {
  await using temp = await tempDir();
  const { folder } = await listing(temp.path, at(20));
  const elsewhere = join(temp.path, "copy");
  await Deno.rename(folder, elsewhere);
  for (const extension of [".dump", ".json"]) {
    const { backup } = await findBackupAt(join(elsewhere, id(20) + extension));
    assert.deepEqual([backup.id, backup.state], [id(20), "good"]);
    assert.equal(dumpPath(backup), join(elsewhere, `${id(20)}.dump`));
  }
  await rejected(findBackupAt(join(elsewhere, "other.sql")), "unknown-backup");
  await rejected(findBackupAt(join(temp.path, "none", `${id(20)}.dump`)), "unknown-backup");
});
