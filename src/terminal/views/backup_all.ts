import { size } from "../../core/sizes.ts";
import { count, duration } from "../../core/time.ts";
import type { BackupAllReport, BackupPlan, BackupReport } from "../../reports/backup.ts";
import type { TargetName } from "../../backups/manifest.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import type { Cell, Column } from "../table.ts";

const COLUMNS: readonly Column[] = [
  { title: "STACK" },
  { title: "DATABASE", shrink: true },
  { title: "RESULT", shrink: true },
  { title: "SIZE", align: "right" },
  { title: "TOOK", align: "right" },
];

/** One line a database; those that failed come last. */
export function showBackupAll({ taken, planned, failed }: BackupAllReport, page: Page): void {
  const failures = failed.map(({ project, service, database, message }): Cell[] => [
    project,
    database === null ? service : `${service}/${database}`,
    { text: `not backed up: ${message}`, tone: "bad" },
    "",
    "",
  ]);
  const done = taken.map((report) => takenRow(report, page));
  const plans = planned.map((plan) => plannedRow(plan, page));
  page.table({ columns: COLUMNS, rows: [...done, ...plans, ...failures] });
  if (!page.terminal) return;
  for (const { manifest: { target }, warnings } of taken) {
    for (const warning of warnings) {
      page.line(page.style("warn", printable(`${target.project} ${target.service}: ${warning}`)));
    }
  }
  const all = taken.length + planned.length + failed.length;
  const verb = planned.length > 0 ? "would be backed up" : "backed up";
  page.line(`${taken.length + planned.length} of ${count(all, "database")} ${verb}.`);
}

function takenRow(report: BackupReport, page: Page): Cell[] {
  const { manifest, tookMs, provedMs = 0, notProved } = report;
  const flaw = manifest.suspect.length > 0 ? "suspect" : notProved && "not proved";
  return [
    ...names(manifest.target),
    flaw ? { text: `${manifest.id} (${flaw})`, tone: "warn" } : manifest.id,
    bytes(manifest.dump.bytes, page),
    duration(tookMs + provedMs),
  ];
}

function plannedRow({ target, previous }: BackupPlan, page: Page): Cell[] {
  return [
    ...names(target),
    "would be backed up",
    previous ? bytes(previous.bytes, page) : "",
    "",
  ];
}

function names({ project, service, database }: TargetName): Cell[] {
  return [project, `${service}/${database}`];
}

function bytes(n: number, { terminal }: Page): string {
  return terminal ? size(n) : String(n);
}
