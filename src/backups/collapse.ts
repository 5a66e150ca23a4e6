import { size } from "../core/sizes.ts";
import { count } from "../core/time.ts";
import type { Manifest, TableRows } from "./manifest.ts";

/**
 * Losing more than half between two backups is rare in a healthy database and typical for a
 * database that was emptied, or for a dump that ran against the wrong one.
 */
const COLLAPSED = 0.5;

/**
 * Below these, halves come and go in ordinary work: a dump of 64 kB is mostly table definitions,
 * a few dozen rows are a test account, and an empty database alone takes about 8 MB on the server.
 */
const LEAST_DUMP_BYTES = 64_000;
const LEAST_ROWS_LOST = 50;
const LEAST_DATABASE_BYTES_LOST = 16_000_000;

/**
 * Why a new backup looks like a collapse of the one before it, in sentences with numbers; empty
 * where it does not, and where there is none before it. Growth is never a reason.
 */
export function collapseReasons(next: Manifest, previous: Manifest | undefined): string[] {
  if (!previous) return [];
  const reasons = [
    tableReason(next.tables.length, previous.tables.length),
    rowReason(rowsOf(next), rowsOf(previous)),
    sizeReason(next, previous),
  ];
  return reasons.filter((reason) => reason !== undefined)
    .map((reason) => `${reason} in the backup before it, "${previous.id}".`);
}

/**
 * The same where oakum itself took revisions back since the one before, which explains the tables
 * that are gone, and a smaller dump: what is left is compared, row by row.
 */
export function collapseOfTheRest(next: Manifest, previous: Manifest): string[] {
  const left = new Set(next.tables.map(nameOf));
  const before = rowsOf({ tables: previous.tables.filter((table) => left.has(nameOf(table))) });
  const reason = rowReason(rowsOf(next), before);
  return reason === undefined ? [] : [`${reason} in the same ones of "${previous.id}".`];
}

function nameOf({ schema, name }: TableRows): string {
  return JSON.stringify([schema, name]);
}

/** Whether so few rows are left of so many that a backup of them looks like a collapse. */
export function hasCollapsedRows(now: number, before: number): boolean {
  return hasCollapsed(now, before) && before - now >= LEAST_ROWS_LOST;
}

function hasCollapsed(now: number, before: number): boolean {
  return now < before * COLLAPSED;
}

function rowsOf({ tables }: Pick<Manifest, "tables">): number {
  return tables.reduce((sum, table) => sum + table.rows, 0);
}

function tableReason(now: number, before: number): string | undefined {
  if (hasCollapsed(now, before)) return `It has ${count(now, "table")}; there were ${before}`;
}

function rowReason(now: number, before: number): string | undefined {
  if (!hasCollapsedRows(now, before)) return;
  return `Its tables have ${count(now, "row")} together; there were ${before}`;
}

/**
 * Dumps are compared where they were written alike, since they hold the data and nothing else.
 * Otherwise the database's own size has to do: it also falls when a VACUUM FULL gives back what
 * was bloat, which is why it is not asked where the dumps can answer.
 */
function sizeReason(next: Manifest, previous: Manifest): string | undefined {
  if (isAlike(next.dump, previous.dump)) {
    const [now, before] = [next.dump.bytes, previous.dump.bytes];
    if (!hasCollapsed(now, before) || before < LEAST_DUMP_BYTES) return;
    return `Its dump has ${size(now)}; there were ${size(before)}`;
  }
  const [now, before] = [next.database.bytes, previous.database.bytes];
  if (!hasCollapsed(now, before) || before - now < LEAST_DATABASE_BYTES_LOST) return;
  return `Its database had ${size(now)}; there were ${size(before)}`;
}

function isAlike(a: Manifest["dump"], b: Manifest["dump"]): boolean {
  return a.format === b.format && a.compression === b.compression;
}
