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
    assert.deepEqual(passedOver.map((other) => [other.id, other.why]), [
      [id(23), "is newer, but a file of it is missing"],
      [id(22), "is newer, but suspect"],
      [id(24), "has a manifest that cannot be believed"],
    ]);
  },
);

const now = new Date("2026-11-28T12:00:00Z");
const adopted = { adopted: { file: "seed.sql", writtenAt: null } };

obligation("findBackup() takes nothing for `latest` that oakum did not take itself", async () => {
  await using temp = await tempDir();
  const found = await listing(
    temp.path,
    at(20),
    { ...at(24), facts: adopted },
    // As an oakum wrote it that did not say where a backup came from.
    { ...at(25), facts: { reason: "adopted seed.sql" } },
  );
  const { backup, passedOver } = findBackup(found, "latest", now);
  assert.deepEqual([backup.id, passedOver], [id(20), []]);
  for (const day of [24, 25]) assert.equal(findBackup(found, id(day), now).backup.id, id(day));
});

obligation("findBackup() says how to use what was adopted where there is no other", async () => {
  await using temp = await tempDir();
  const found = await listing(temp.path, { ...at(24), facts: adopted });
  const error = await refused(() => findBackup(found, "latest", now), "no-good-backup");
  assert.match(error.message, /no good backup that oakum took of this database itself/);
  assert.match(error.hint!, new RegExp(`Name it if you mean it: ${id(24)}\\.`));
});

obligation(
  "findBackup() passes over what says that it is from the future, and says so",
  async () => {
    await using temp = await tempDir();
    const ahead = "2099-01-01T00:00:00Z";
    const found = await listing(temp.path, at(20), { takenAt: ahead });
    const { backup, passedOver: [other] } = findBackup(found, "latest", now);
    assert.deepEqual([backup.id, other?.why], [id(20), `is dated ${ahead}, in the future`]);
    assert.equal(findBackup(found, "db_backup_2099", now).backup.manifest.takenAt, ahead);
    // Another machine's clock may be a little ahead.
    const soon = await listing(temp.path, { takenAt: "2026-11-28T12:03:00Z" });
    assert.equal(findBackup(soon, "latest", now).backup.id, "db_backup_20261128_120300");
  },
);

obligation("findBackup() points to the clock where every backup is from the future", async () => {
  await using temp = await tempDir();
  const found = await listing(temp.path, at(20), at(21));
  const reset = new Date("2015-01-01T00:00:00Z");
  const error = await refused(() => findBackup(found, "latest", reset), "no-good-backup");
  assert.match(error.message, new RegExp(`${id(21)} is dated 2026-11-21.*here it is 2015-01-01`));
  assert.match(error.hint!, new RegExp(`clock: date\\..*name the backup, ${id(21)}`));
});

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
  assert.ok(error.hint?.includes(`oakum adopt ${join(folder, name)}`), error.hint);
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
