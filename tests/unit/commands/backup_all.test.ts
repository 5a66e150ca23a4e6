import assert from "node:assert/strict";
import { outcomeOf, requireOneFolder } from "../../../src/commands/backup_all_work.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { NotProved } from "../../../src/operations/backup/not_proved.ts";
import { requireNamed } from "../../../src/operations/backup_all.ts";
import type { BackupFailure, BackupReport } from "../../../src/reports/backup.ts";

const of = (project: string) => ({
  stack: { project, workingDir: undefined, configFiles: [], running: true },
});

Deno.test("backup --all of several stacks wants a folder that somebody has chosen", () => {
  requireOneFolder([of("shop"), of("shop")], undefined);
  requireOneFolder([of("shop"), of("bakery")], "/srv/backups");
  assert.throws(() => requireOneFolder([of("shop"), of("bakery")], undefined), (error) => {
    assert.ok(error instanceof OakumError);
    assert.deepEqual([error.code, error.outcome], ["no-backup-dir", "refused"]);
    assert.match(error.message, /2 stacks need one folder: shop, bakery/);
    return true;
  });
});

const REPORT = {
  kind: "backup",
  folder: "/srv/backups/shop/db/shop",
  manifest: { id: "db_backup_1", suspect: [] },
} as unknown as BackupReport;

Deno.test("a backup that could not be proved is told as taken, and not as refused", () => {
  const cause = new OakumError("sandbox-disk", "refused", "There is no room.", {
    hint: "Free some.",
  });
  const error = new NotProved(REPORT, cause);
  assert.deepEqual([error.code, error.outcome, error.hint], ["not-proved", "failed", "Free some."]);
  assert.match(error.message, /db_backup_1 was taken, but is not proved .*: There is no room\./);
  assert.deepEqual([error.data.backup, error.data.why], ["db_backup_1", "sandbox-disk"]);
});

Deno.test("backup --all with a backup that is not proved is not all that was asked for", () => {
  const outcome = (report: BackupReport) => outcomeOf({ taken: [report], planned: [], failed: [] });
  assert.equal(outcome(REPORT), "done");
  assert.equal(outcome({ ...REPORT, notProved: "There is no room." }), "partial");
});

Deno.test("backup --all of a database that no server has says so, and what there is", () => {
  const typo = { value: "typo", source: { kind: "flag", name: "--database" } } as const;
  const seen = ["shop", "postgres", "shop"];
  assert.throws(() => requireNamed(typo, { failed: [] }, seen), (error) => {
    assert.ok(error instanceof OakumError);
    assert.deepEqual([error.code, error.outcome], ["no-database", "notFound"]);
    assert.deepEqual(error.data.candidates, ["postgres", "shop"]);
    return true;
  });
  requireNamed({ ...typo, value: "shop" }, { failed: [] }, seen);
  requireNamed({ value: undefined, source: { kind: "default" } }, { failed: [] }, []);
  // A server that could not be entered may be the one that has it; a file speaks of its own stack.
  requireNamed(typo, { failed: [{ code: "database-not-running" } as BackupFailure] }, seen);
  requireNamed(
    { value: "typo", source: { kind: "file", path: "f", line: 1 } },
    { failed: [] },
    seen,
  );
});
