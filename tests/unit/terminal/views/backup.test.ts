import assert from "node:assert/strict";
import type { Manifest } from "../../../../src/backups/manifest.ts";
import type { BackupReport } from "../../../../src/reports/backup.ts";
import { showBackup } from "../../../../src/terminal/views/backup.ts";
import { showBackupAll } from "../../../../src/terminal/views/backup_all.ts";
import { written } from "./reports.ts";

const REPORT = {
  kind: "backup",
  folder: "/srv/backups/shop/db.shop",
  manifest: {
    id: "db_backup_20261129_120000",
    target: { project: "shop", service: "db", database: "shop" },
    ...{ tables: [{ schema: "public", name: "items", rows: 1 }], suspect: [], migrations: null },
    dump: { file: "db_backup_20261129_120000.dump", bytes: 2_000_000 },
    verified: { level: "restore", at: "2026-11-29T12:00:50Z" },
  } as unknown as Manifest,
  ...{ tookMs: 4500, previous: null, expired: [], warnings: [] },
} satisfies BackupReport;

const heading = (report: BackupReport) =>
  written((page) => showBackup(report, page)).split("\n")[0];

Deno.test("what a backup took must be told with its proof, and each for itself", () => {
  assert.equal(heading(REPORT), "Backed up shop in 4.5 s");
  const proved = { ...REPORT, provedMs: 40_200 };
  assert.equal(heading(proved), "Backed up shop in 4.5 s, then restored for a proof in 40.2 s");
  const bad = { ...proved, manifest: { ...REPORT.manifest, suspect: ["A row is gone."] } };
  assert.equal(heading(bad), "Suspect backup shop in 4.5 s, then restored for a proof in 40.2 s");
});

Deno.test("a line of backup --all must say how long all of it took", () => {
  const taken = [{ ...REPORT, provedMs: 40_200 }];
  const report = { kind: "backup-all", taken, planned: [], failed: [] } as const;
  assert.match(written((page) => showBackupAll(report, page)), /44\.7 s/);
});

Deno.test("a backup must say what it holds in the singular, too", () => {
  assert.match(written((page) => showBackup(REPORT, page)), /1 table, 1 row\n/);
});
