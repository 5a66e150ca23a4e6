import type { BackupLine } from "../../reports/backups.ts";
import type { ClosedStatusReport } from "../../reports/status.ts";
import type { Page } from "../page.ts";
import type { Cell } from "../table.ts";
import { backupText, stackText } from "./status.ts";

type Field = readonly [label: string, value: Cell];

/** A stack on one screen whose database cannot be asked: why not, and what to do, before the rest. */
export function showClosedStatus(report: ClosedStatusReport, page: Page): void {
  const { stack, problem } = report;
  page.fields([
    ["stack", stackText(stack)],
    ...servers(report),
    ["problem", { text: problem.message, tone: "bad" }],
    ...problem.hint === null ? [] : [["next", problem.hint] as const],
    ...apps(report),
    ["revision", "unknown: the database cannot be asked"],
    ...backups(report, page),
  ]);
}

function servers({ servers }: ClosedStatusReport): Field[] {
  return servers.map(({ service, container, state }) => {
    const text = `${service}, container ${container}: ${state}`;
    return ["database", state.startsWith("running") ? text : { text, tone: "bad" }];
  });
}

function apps({ apps }: ClosedStatusReport): Field[] {
  return apps.map((
    { service, running },
  ) => ["app", `${service}${running ? "" : " (not running)"}`]);
}

/** The last one of each database, since nobody can say which database is meant. */
function backups({ backups }: ClosedStatusReport, page: Page): Field[] {
  if (!backups) return [];
  const lasts = backups.targets.flatMap(({ target, backups }) => {
    const own = backups.filter(({ adopted, future }) => adopted === null && !future);
    return own[0] ? [lastOf(target?.database ?? "?", own[0], own.length, page)] : [];
  });
  return lasts.length > 0 ? lasts : [["last backup", `none in ${backups.dir}`]];
}

function lastOf(database: string, last: BackupLine, count: number, page: Page): Field {
  return ["last backup", `${database}: ${backupText(last, count, page)}`];
}
