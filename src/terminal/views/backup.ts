import { count, duration } from "../../core/time.ts";
import { size } from "../../core/sizes.ts";
import { shellWord } from "../../core/shell.ts";
import type { BackupPlan, BackupReport } from "../../reports/backup.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";

const PROOF = {
  none: "not read back",
  read: "read back whole",
  restore: "restored and compared",
} as const;

/** A backup that was taken: what it is first, then what it holds. */
export function showBackup(report: BackupReport, page: Page): void {
  const { manifest, folder } = report;
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const bad = manifest.suspect.length > 0;
  page.line(
    page.style(bad ? "warn" : "good", bad ? "Suspect backup" : "Backed up") +
      ` ${manifest.target.database} in ${tookText(report)}`,
  );
  page.fields([
    ["file", shellWord(`${folder}/${manifest.dump.file}`)],
    ["size", size(manifest.dump.bytes)],
    [
      "holds",
      `${count(manifest.tables.length, "table")}, ${rows.toLocaleString("en")} ${
        rows === 1 ? "row" : "rows"
      }`,
    ],
    ["revision", revisions(manifest.migrations?.revisions)],
    ["proof", proofText(manifest)],
    ...manifest.note === undefined ? [] : [["note", manifest.note] as const],
  ]);
  for (const reason of manifest.suspect) page.line(`  ${reason}`);
  for (const warning of report.warnings) page.line(page.style("warn", printable(warning)));
  if (!bad) return;
  // What a restore has shown to be wrong is not right by looking at it.
  const next = report.provedMs === undefined
    ? `If it is right all the same: oakum pin ${manifest.id}`
    : "Mend what is named; then: oakum backup";
  page.line(next);
}

function proofText({ verified: { level, notProved } }: BackupReport["manifest"]): string {
  return notProved === undefined ? PROOF[level] : `${PROOF[level]}; a restore cannot prove it here`;
}

function tookText({ tookMs, provedMs }: Pick<BackupReport, "tookMs" | "provedMs">): string {
  const proof = provedMs === undefined
    ? ""
    : `, then restored for a proof in ${duration(provedMs)}`;
  return `${duration(tookMs)}${proof}`;
}

/** A backup that would be taken. */
export function showBackupPlan(plan: BackupPlan, page: Page): void {
  const { target, folder, format, compression, pgDump, verify, databaseBytes, previous } = plan;
  page.line(`Would back up ${target.database} of ${target.service}:`);
  page.fields([
    ["database", size(databaseBytes)],
    ["folder", shellWord(folder)],
    ["free there", size(plan.freeBytes)],
    ["format", `${format}, ${compression}, by pg_dump ${pgDump}`],
    ["proof", PROOF[verify]],
    ["compared with", previous ? `${previous.id}, ${size(previous.bytes)}` : "nothing: the first"],
  ]);
}

/** Alembic's heads in words. */
export function revisions(heads: readonly string[] | null | undefined): string {
  if (!heads) return "no migrations";
  return heads.length > 0 ? heads.join(", ") : "base (nothing applied)";
}
