import type { TableRows } from "../backups/manifest.ts";
import type { TableName } from "./facts.ts";
import { tableKey } from "./hash_roots.ts";

/**
 * Rows by table, those of hash partitions at the table that they are parts of: which of them a row is
 * in follows from numbers that another database gives to the same values.
 */
export function summedUp(
  tables: readonly TableRows[],
  roots: ReadonlyMap<string, TableName>,
): Map<string, TableRows> {
  const sums = new Map<string, TableRows>();
  for (const { rows, ...table } of tables) {
    const whole = roots.get(tableKey(table)) ?? table;
    sums.set(tableKey(whole), { ...whole, rows: rows + (sums.get(tableKey(whole))?.rows ?? 0) });
  }
  return sums;
}
