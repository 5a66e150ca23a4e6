import type { Queryable } from "./connection.ts";

/** Rows that were ever inserted, updated and deleted, by `schema.name`, as the statistics have it. */
export type TableWrites = ReadonlyMap<string, string>;

/** Reads what was written to each table so far; sessions report it within a second or so. */
export async function readTableWrites(sql: Queryable): Promise<TableWrites> {
  const rows = await sql<{ name: string; writes: string }[]>`
    select schemaname || '.' || relname as name,
      concat_ws(' ', n_tup_ins, n_tup_upd, n_tup_del) as writes
    from pg_stat_user_tables`;
  return new Map(rows.map(({ name, writes }) => [name, writes]));
}

/** The tables that were written to between two readings, or that only one of them knows. */
export function writtenBetween(before: TableWrites, after: TableWrites): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.filter((name) => before.get(name) !== after.get(name));
}
