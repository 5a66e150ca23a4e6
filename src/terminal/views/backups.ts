import { size } from "../../core/sizes.ts";
import { count } from "../../core/time.ts";
import type { BackupLine, BackupsReport, PinReport, TargetBackups } from "../../reports/backups.ts";
import { localTime, type Page } from "../page.ts";
import type { Cell, Column, Table } from "../table.ts";
import { revisions } from "./backup.ts";

const COLUMNS: readonly Column[] = [
  { title: "BACKUP" },
  // The name has it too, in UTC.
  { title: "TAKEN", spare: true },
  { title: "SIZE", align: "right" },
  // As long as Alembic makes them, or cut behind as many characters.
  { title: "REVISION", shrink: true, least: 13 },
  { title: "STATE" },
  { title: "NOTE", shrink: true },
];

/** Of what was adopted it is not known when it was taken, but perhaps when it was written. */
const ADOPTED_COLUMNS = COLUMNS.map((column) =>
  column.title === "TAKEN" ? { title: "WRITTEN" } : column
);

/** The backups of each target as a table, newest first; for a person what was adopted comes apart. */
export function showBackups(report: BackupsReport, page: Page): void {
  const several = report.targets.length > 1;
  const filled = report.targets.filter(({ backups, loose }) => backups.length + loose.length > 0);
  if (filled.length === 0 && page.terminal) page.line(`No backups in ${report.dir}`);
  for (const target of filled) {
    if (several && page.terminal) page.line(page.style("strong", heading(target)));
    if (page.terminal) showTarget(target, page);
    else page.table(tableOf(COLUMNS, target.backups, page));
  }
}

function heading({ target, folder }: TargetBackups): string {
  return target ? `${target.project}: ${target.service}/${target.database}` : folder;
}

function showTarget(target: TargetBackups, page: Page): void {
  const own = target.backups.filter(({ adopted }) => adopted === null);
  const adopted = target.backups.filter(({ adopted }) => adopted !== null);
  if (own.length > 0) page.table(tableOf(COLUMNS, own, page));
  problems(own, page);
  page.line(`${count(own.length, "backup")} in ${target.folder}`);
  if (adopted.length > 0) {
    page.line("Adopted from elsewhere, and used only where you name them:");
    page.table(tableOf(ADOPTED_COLUMNS, adopted, page));
    problems(adopted, page);
  }
  const { loose } = target;
  if (loose.length === 0) return;
  page.line(`${count(loose.length, "other file")} there: take over with oakum adopt FILE`);
}

/** A person needs no column for notes where there are none. */
function tableOf(
  columns: readonly Column[],
  backups: readonly BackupLine[],
  page: Page,
): Table {
  const rows = backups.map((backup) => row(backup, page));
  if (!page.terminal || rows.some((cells) => cells.at(-1) !== "")) return { columns, rows };
  return { columns: columns.slice(0, -1), rows: rows.map((cells) => cells.slice(0, -1)) };
}

function row(backup: BackupLine, page: Page): Cell[] {
  return [
    backup.id,
    taken(backup, page),
    backup.bytes === null ? "?" : page.terminal ? size(backup.bytes) : String(backup.bytes),
    backup.state === "damaged" || backup.state === "unreadable" ? "?" : revisions(backup.revisions),
    state(backup),
    [backup.pinned && "pinned", backup.pinned?.note, backup.note, backup.reason].filter(Boolean)
      .join(", "),
  ];
}

/** Without its age: ids are long, and 80 columns hold a row only so. */
function taken({ takenAt, adopted }: BackupLine, page: Page): string {
  const at = adopted ? adopted.writtenAt : takenAt;
  if (at === null) return adopted && page.terminal ? "unknown" : "?";
  return page.terminal && at.includes("T") ? localTime(new Date(at)) : at;
}

function state({ state, verified, future }: BackupLine): Cell {
  if (future) return { text: "in the future", tone: "bad" };
  if (state === "suspect") return { text: "suspect", tone: "warn" };
  if (state !== "good") return { text: state === "size" ? "wrong size" : state, tone: "bad" };
  if (verified === "restore") return { text: "restored", tone: "good" };
  return verified === "read" ? "read" : "not verified";
}

function problems(backups: readonly BackupLine[], page: Page): void {
  for (const backup of backups) {
    for (const problem of backup.problems) page.line(`${backup.id}: ${problem}`);
  }
}

/** A pin that was set or taken away. */
export function showPin({ id, pinned, cleared }: PinReport, page: Page): void {
  page.line(
    pinned ? `Pinned ${id}: it is kept whatever the policy says.` : `${id} is not pinned any more.`,
  );
  if (cleared) page.line("It counts as good again: `latest` takes it.");
}
