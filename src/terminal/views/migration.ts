import { count, duration } from "../../core/time.ts";
import type { MigratedStep, MigrationPlan, MigrationReport } from "../../reports/migration.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import type { Cell } from "../table.ts";
import { revisions } from "./backup.ts";
import { showChecklist } from "./checklist.ts";
import { showHealth } from "./health.ts";

const COLUMNS = [
  { title: "" },
  { title: "REVISION" },
  { title: "WHAT", shrink: true },
  { title: "TOOK", align: "right" },
] as const;

/** What a run would do, or that there is nothing to do. */
export function showPlan(plan: MigrationPlan, page: Page): void {
  const { direction, steps, from, to, backup, checklist, warnings } = plan;
  const warn = () => {
    for (const warning of warnings) page.line(page.style("warn", warning));
  };
  if (steps.length === 0) {
    page.line(`Nothing to ${direction}: the database is at ${revisions(from)}.`);
    return warn();
  }
  showRefused(plan, page);
  const what = direction === "upgrade" ? "apply" : "undo";
  page.line(
    `${plan.refused ? "Otherwise it would" : "Would"} ${what} ${
      count(steps.length, "revision")
    }, from ${revisions(from)} to ${revisions(to)}:`,
  );
  page.table({ columns: COLUMNS.slice(0, 3), rows: steps.map((step) => row(step).slice(0, 3)) });
  page.line(backup.why);
  warn();
  if (checklist) showChecklist(checklist, page);
}

/** That nothing of what follows would be done comes before it. */
function showRefused({ refused }: MigrationPlan, page: Page): void {
  if (!refused) return;
  page.line(page.style("bad", "This upgrade would be refused as it is."));
  for (const { message, hint } of refused) {
    for (const line of message.split("\n")) page.line(printable(line), 4);
    page.line(printable(hint));
  }
}

/** What a run did. */
export function showMigration(report: MigrationReport, page: Page): void {
  const { direction, steps, from, to, backup, tookMs, warnings } = report;
  const what = direction === "upgrade" ? "Applied" : "Undid";
  page.line(
    page.style("good", `${what} ${count(steps.length, "revision")}`) +
      ` in ${duration(tookMs)}: ${revisions(from)} → ${revisions(to)}`,
  );
  page.table({ columns: COLUMNS, rows: steps.map(row) });
  if (backup) page.line(`Backup from before: ${backup}`);
  const back = direction === "upgrade" ? "rollback" : backup && `restore ${backup}`;
  if (back) page.line(`To go back: oakum ${back}`);
  for (const warning of warnings) page.line(page.style("warn", warning));
  if (report.health) showHealth(report.health, page);
}

function row({ state, revision, doc, tookMs, tries }: MigratedStep): Cell[] {
  const mark: Cell = state === "applied"
    ? { text: "✓", tone: "good" }
    : state === "failed"
    ? { text: "✗", tone: "bad" }
    : "·";
  const took = tookMs === null ? "" : duration(tookMs) + (tries > 1 ? `, ${tries} tries` : "");
  return [mark, revision, doc, took];
}
