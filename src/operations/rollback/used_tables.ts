import type { Sql } from "../../postgres/connection.ts";
import { untilCounted } from "../rehearse/counted.ts";

/** How often each table was looked through or written to, by object id. */
type Uses = ReadonlyMap<string, { readonly name: string; readonly count: bigint }>;

/** Reads what the server has counted of a database's tables. */
export async function readUses(sql: Sql): Promise<Uses> {
  await untilCounted(sql);
  const rows = await sql<{ oid: string; name: string; count: string }[]>`
    select relid::text as oid, schemaname || '.' || relname as name,
      (coalesce(seq_scan, 0) + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del)::text as count
    from pg_stat_user_tables`;
  return new Map(rows.map(({ oid, name, count }) => [oid, { name, count: BigInt(count) }]));
}

/**
 * Names of the tables, as they were before, that were looked through or written to since, whether or
 * not anything came of it: of other rows than those that were there, something else may come.
 */
export async function usedSince(sql: Sql, before: Uses): Promise<string[]> {
  const now = await readUses(sql);
  return [...before].filter(([oid, { count }]) => now.get(oid)?.count !== count)
    .map(([, { name }]) => name);
}
