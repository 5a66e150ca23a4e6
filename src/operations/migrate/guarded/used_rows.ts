import type { MeasuredStep } from "../../../reports/rehearsal.ts";
import { speaksOf } from "../../rehearse/deltas.ts";

/** What looks for rows, or may; to build an index or a constraint takes none away. */
const ON_ROWS = /^\s*(with|select|insert|update|delete|merge|truncate|do|call)\b/i;

/**
 * Which of the tables, by `schema.name`, a step looked for rows in, whether or not it met any: on the
 * copy there were none of those that are written meanwhile.
 */
export function usedRows(measured: MeasuredStep | null, tables: readonly string[]): string[] {
  const sent = measured?.statements.map(({ sql }) => sql).filter((sql) => ON_ROWS.test(sql)) ?? [];
  if (!measured || sent.length === 0) return [];
  const scanned = measured.tables.filter((one) => one.scanned > 0).map(({ table }) => table);
  const named = tables.filter((name) => sent.some((sql) => speaksOf(sql, { name })));
  return [...new Set([...scanned, ...named])];
}
