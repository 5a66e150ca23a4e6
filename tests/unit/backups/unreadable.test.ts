import assert from "node:assert/strict";
import { join } from "node:path";
import { findBackup } from "../../../src/backups/find.ts";
import { isUnreadable, listTarget } from "../../../src/backups/list.ts";
import { listBackups } from "../../../src/operations/list_backups.ts";
import { checkBackups } from "../../../src/operations/doctor/backups.ts";
import { clockAt, lockTarget, obligation, replaced, store, TARGET, tempDir } from "./support.ts";

const NOW = clockAt("2026-11-24T00:00:00Z").now();

/** What a user meets whom the files do not belong to; the tests' own user may read everything. */
function forbidden(names: readonly string[]): Disposable {
  const { open } = Deno;
  return replaced("open", (path, options) => {
    if (!names.some((name) => String(path).endsWith(name))) return open(path, options);
    const error = new Deno.errors.PermissionDenied("Permission denied (os error 13)");
    return Promise.reject(Object.assign(error, { code: "EACCES" }));
  });
}

obligation("a backup that this user may not read is unreadable, not damaged", async () => {
  await using temp = await tempDir();
  await using folder = await lockTarget(temp.path);
  const mine = await store(folder);
  const roots = await store(folder, { takenAt: "2026-11-23T03:00:00Z" });
  {
    using _closed = forbidden([`${roots.id}.json`]);
    const listing = await listTarget(temp.path, TARGET);
    assert.deepEqual(listing.backups.map(isUnreadable), [false, true]);
    const { backup, passedOver } = findBackup(listing, "latest", NOW);
    assert.equal(backup.id, mine.id);
    assert.equal(passedOver[0]!.why, "cannot be read by this user");
    assert.match(passedOver[0]!.hint, /chown/);
    const { targets: [lines] } = await listBackups(temp.path, NOW, TARGET);
    assert.deepEqual(lines!.backups.map(({ state }) => state), ["good", "unreadable"]);
    const texts = (await checkBackups(temp.path, TARGET, NOW)).map(({ text }) => text);
    assert.ok(texts.some((text) => /is unreadable: .*no permission/.test(text)), texts.join());
  }
  using _closed = forbidden([`${mine.id}.json`, `${roots.id}.json`]);
  const listing = await listTarget(temp.path, TARGET);
  assert.throws(() => findBackup(listing, "latest", NOW), {
    message: /2 backups, of which none can be read: .*no permission/,
    hint: /ls -ld .*chown -R/,
  });
  assert.ok(listing.folder.startsWith(join(temp.path)));
});
