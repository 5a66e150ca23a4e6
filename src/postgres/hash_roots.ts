import type { Queryable } from "./connection.ts";
import type { TableName } from "./facts.ts";

/**
 * For each partition below a table that is split by hash: the uppermost such table above it. Keys are
 * those of `tableKey()`.
 */
export async function hashRoots(sql: Queryable): Promise<Map<string, TableName>> {
  const rows = await sql<Record<"schema" | "name" | "rootSchema" | "rootName", string>[]>`
    with recursive below(root, part) as (
      select partrelid, partrelid from pg_partitioned_table h
      where partstrat = 'h' and not exists (
        select from pg_partition_ancestors(h.partrelid) a(oid)
          join pg_partitioned_table p on p.partrelid = a.oid
        where a.oid <> h.partrelid and p.partstrat = 'h')
      union all
      select b.root, i.inhrelid from below b join pg_inherits i on i.inhparent = b.part
    )
    select n.nspname as schema, c.relname as name,
      m.nspname as "rootSchema", r.relname as "rootName"
    from below b
      join pg_class c on c.oid = b.part join pg_namespace n on n.oid = c.relnamespace
      join pg_class r on r.oid = b.root join pg_namespace m on m.oid = r.relnamespace
    where b.part <> b.root`;
  return new Map(
    rows.map(({ rootSchema: schema, rootName: name, ...table }) => [
      tableKey(table),
      { schema, name },
    ]),
  );
}

/** One text for a table's name, to find it by. */
export function tableKey({ schema, name }: TableName): string {
  return `${schema}\0${name}`;
}
