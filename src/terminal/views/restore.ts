import { count, duration } from "../../core/time.ts";
import { size } from "../../core/sizes.ts";
import {
  broughtBack,
  type FinalizeReport,
  type RestorePlan,
  type RestoreReport,
  type UndoReport,
} from "../../reports/restore.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";

/** What a restore would do. */
export function showRestorePlan(plan: RestorePlan, page: Page): void {
  const { backup, database, loadsInto, replaces, roles, room, findings, warnings } = plan;
  const takenAt = page.time(new Date(plan.takenAt));
  page.line(`Would restore ${backup}:`);
  for (const sentence of [...broughtBack(plan, takenAt), ...plan.loses]) {
    page.line(printable(sentence), 2);
  }
  page.fields([
    ["load into", `${loadsInto}, and compare it with the manifest`],
    ["then", replaces ? `swap it with ${database}, which is kept` : `name it ${database}`],
    ...room.map(({ path, needed, free }) =>
      ["room", `${size(free)} free at ${path}, ${size(needed)} needed`] as const
    ),
    ...roles.map(({ name }) => ["create role", name] as const),
  ]);
  for (const { text, hint, rule, allowed } of findings) {
    page.line(`${page.style("warn", allowed ? "accepted" : "in the way")}: ${text}`, 2);
    if (!allowed) page.line(`  ${hint} (--allow ${rule})`);
  }
  for (const warning of warnings) page.line(page.style("warn", warning));
}

/** What a restore did. */
export function showRestore(report: RestoreReport, page: Page): void {
  const { backup, database, tables, rows, tookMs, keptAs, undo, finalize } = report;
  page.line(
    `${page.style("good", "Restored")} ${database} from ${backup} in ${duration(tookMs)}: ` +
      `${count(tables, "table")}, ${rows.toLocaleString("en")} rows, as its manifest says`,
  );
  if (keptAs !== null) {
    page.line(`The database from before is kept as ${keptAs}.`);
    page.line(`Bring it back: ${undo}    Drop it: ${finalize}`);
  }
  restart(report, page);
  warn(report, page);
}

/** What an undo did, or would do. */
export function showUndo(report: UndoReport, page: Page): void {
  const { database, wasKeptAs, keptAs, dryRun } = report;
  if (dryRun) page.line(`Would make ${wasKeptAs} the database ${database} again.`);
  else page.line(`${page.style("good", "Undone")}: ${wasKeptAs} is ${database} again.`);
  if (keptAs !== null) {
    page.line(
      `The one that ${dryRun ? "is" : "was"} live ${dryRun ? "would be" : "is"} kept as ${keptAs}.`,
    );
  }
  if (!dryRun) restart(report, page);
  warn(report, page);
}

/** What a finalize dropped, or would drop. */
export function showFinalize(report: FinalizeReport, page: Page): void {
  const { dropped, dryRun } = report;
  if (dropped.length === 0) page.line("There is nothing kept from before a restore.");
  for (const { name, bytes, since } of dropped) {
    const what = `${name}${bytes === null ? "" : `, ${size(bytes)}`}, kept since ${
      page.time(new Date(since))
    }`;
    page.line(`${dryRun ? "Would drop" : "Dropped"} ${what}`);
  }
  warn(report, page);
}

function warn({ warnings = [] }: { readonly warnings?: readonly string[] }, page: Page): void {
  for (const warning of warnings) page.line(page.style("warn", warning));
}

function restart(
  { endedSessions, restart }: Pick<RestoreReport, "endedSessions" | "restart">,
  page: Page,
): void {
  if (endedSessions === 0) return;
  page.line(`${count(endedSessions, "session")} had to end.`);
  if (restart.length > 0) {
    page.line(`Start the app anew: docker compose restart ${restart.join(" ")}`);
  }
}
