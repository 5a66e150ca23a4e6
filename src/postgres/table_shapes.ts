import { z } from "zod";
import type { Queryable } from "./connection.ts";
import type { TableName } from "./facts.ts";
import { quoteQualified } from "./identifier.ts";

const column = z.object({
  /** `attnum`: stays through renames, and in copies that are made from a template. */
  number: z.number(),
  name: z.string(),
  type: z.string(),
  /** The server's own hash of a value is the same in every database, and follows `=`. */
  hashed: z.boolean(),
  /** Its collation holds texts for equal that are not the same. */
  loose: z.boolean(),
  /** Computed by the server from other columns of the row. */
  generated: z.boolean(),
});

const shape = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(["r", "p"]),
  /** Object id of the partitioned table at the top; null for a table that is no partition. */
  root: z.string().nullable(),
  columns: z.array(column),
  /** Numbers of the columns that tell its rows apart; empty where none do. */
  key: z.array(z.number()),
});

/** A column, as far as comparing its values needs it. */
export type ColumnShape = Readonly<z.infer<typeof column>>;
/** A table or a partitioned table, with what comparing its rows needs. */
export type TableShape = Readonly<z.infer<typeof shape>>;

/**
 * Types whose hash is one and the same in all databases. Left out are those that hash object ids,
 * as enums do, and those of extensions, which may hold values for equal that are not the same.
 */
const HASHED_TYPES = [
  ...["bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar"],
  ...["bytea", "uuid", "date", "time", "timetz", "timestamp", "timestamptz", "jsonb"],
  ...["inet", "cidr", "macaddr", "macaddr8"],
];

/** All tables outside extensions but one, such as Alembic's version table. */
export async function readTableShapes(
  sql: Queryable,
  besides: TableName | undefined,
): Promise<TableShape[]> {
  const { schema = null, name = null } = besides ?? {};
  const rows = await sql`
    with hashed as materialized (
      select oid, typarray from pg_type
      where typnamespace = 'pg_catalog'::regnamespace and typname::text = any(${HASHED_TYPES}::text[])
    ),
    columns as materialized (
      select a.attrelid, jsonb_agg(jsonb_build_object('number', a.attnum, 'name', a.attname,
          'type', format_type(a.atttypid, null), 'generated', a.attgenerated <> '',
          'hashed', exists (select from hashed h where a.atttypid in (h.oid, h.typarray)),
          'loose', coalesce(not l.collisdeterministic, false)) order by a.attnum) as list
      from pg_attribute a left join pg_collation l on l.oid = a.attcollation
      where a.attnum > 0 and not a.attisdropped group by a.attrelid
    )
    select c.oid::text as oid, n.nspname as schema, c.relname as name, c.relkind::text as kind,
      case when c.relispartition then pg_partition_root(c.oid)::oid::text end as root,
      coalesce(columns.list, '[]') as columns,
      coalesce((select to_jsonb(array(select k from unnest(i.indkey::int2[]) with ordinality as u(k, at)
          where at <= i.indnkeyatts order by at))
        from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid
          and i.indpred is null and i.indexprs is null
          and not exists (select from pg_attribute a where a.attrelid = c.oid
            and a.attnum = any(i.indkey::int2[]) and not a.attnotnull)
        order by i.indisprimary desc, i.indnkeyatts, i.indexrelid limit 1), '[]') as key
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
      left join columns on columns.attrelid = c.oid
    where c.relkind in ('r', 'p') and c.relpersistence <> 't'
      and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
      and (n.nspname, c.relname) is distinct from (${schema}::text, ${name}::text)
      and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass
        and e.objid = c.oid and e.deptype = 'e')
    order by n.nspname collate "C", c.relname collate "C"`;
  return z.array(shape).parse([...rows]);
}

/** The rows of a table for a FROM: those of its own, or of all partitions below it. */
export function rowsOf({ kind, schema, name }: TableShape): string {
  return `${kind === "p" ? "" : "only "}${quoteQualified(schema, name)}`;
}
