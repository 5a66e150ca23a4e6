import { count, duration } from "../../core/time.ts";
import { size } from "../../core/sizes.ts";
import type {
  FinalizeReport,
  RestorePlan,
  RestoreReport,
  UndoReport,
} from "../../reports/restore.ts";
import type { Page } from "../page.ts";

/** What a restore would do. */
export function showRestorePlan(plan: RestorePlan, page: Page): void {
  const { backup, takenAt, database, loadsInto, replaces, roles, room, findings, warnings } = plan;
  page.line(`Would restore ${backup} (${page.time(new Date(takenAt))}):`);
  page.fields([
    ["load into", `${loadsInto}, and compare it with the manifest`],
    ["then", replaces ? `swap it with ${database}, which is kept` : `name it ${database}`],
    ...room.map(({ path, needed, free }) =>
      ["room", `${size(free)} free at ${path}, ${size(needed)} needed`] as const
    ),
    ...roles.map(({ name }) => ["create role", name] as const),
  ]);
  for (const { text, hint, rule, allowed } of findings) {
    page.line(`${page.style("warn", allowed ? "accepted" : "in the way")}: ${text}`);
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
}

/** What an undo did. */
export function showUndo(report: UndoReport, page: Page): void {
  const { database, wasKeptAs, keptAs } = report;
  page.line(`${page.style("good", "Undone")}: ${database} is ${wasKeptAs} again.`);
  page.line(`The one that was live is kept as ${keptAs}.`);
  restart(report, page);
}

/** What a finalize dropped. */
export function showFinalize({ dropped }: FinalizeReport, page: Page): void {
  if (dropped.length === 0) page.line("There is nothing kept from before a restore.");
  for (const { name, bytes } of dropped) {
    page.line(`Dropped ${name}${bytes === null ? "" : `, ${size(bytes)}`}`);
  }
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
