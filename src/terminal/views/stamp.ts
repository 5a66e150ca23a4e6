import type { StampPlan, StampReport } from "../../reports/migration.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import type { Cell } from "../table.ts";
import { revisions } from "./backup.ts";

const COLUMNS = [{ title: "REVISION" }, { title: "WHAT", shrink: true }, { title: "FROM NOW ON" }];

/** What a stamp would write, or wrote. */
export function showStamp(report: StampPlan | StampReport, page: Page): void {
  const { from, to, gained, lost, unknown, warnings, target } = report;
  const done = report.kind === "stamp";
  const text = `${done ? "Stamped" : "Would stamp"} "${target.database}"`;
  page.line(
    `${page.style(done ? "good" : "strong", printable(text))} from ${printable(revisions(from))} ` +
      `to ${printable(revisions(to))}, and run nothing.`,
  );
  const rows: Cell[][] = [
    ...gained.map(({ id, doc }) => [id, doc ?? "", "applied"]),
    ...lost.map(({ id, doc }) => [id, doc ?? "", "not applied"]),
  ];
  if (rows.length > 0) page.table({ columns: COLUMNS, rows });
  for (const warning of warnings) page.line(page.style("warn", printable(warning)));
  if (!done || unknown.length > 0) return;
  page.line(`To go back: oakum stamp --purge ${(from.length > 0 ? from : ["base"]).join(" ")}`);
}
