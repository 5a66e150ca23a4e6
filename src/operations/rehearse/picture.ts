import { z } from "zod";
import type { MigrationDatabase } from "../../migrators/migrator.ts";
import type { Queryable, Sql } from "../../postgres/connection.ts";
import { inTransaction } from "../../postgres/held.ts";
import { type Picture, takePicture } from "../migrate/picture.ts";
import { untilCounted } from "./counted.ts";

const relation = z.object({
  oid: z.coerce.number(),
  /** `schema.name`. */
  name: z.string(),
  /** As in pg_class: `r`, `p`, `m`, `v`, `f`, `S`, `i`, `I`, `t`. */
  kind: z.string(),
  /** Null for what has no file. */
  filenode: z.coerce.number().nullable(),
  /** Of its rows or entries alone. */
  bytes: z.coerce.number(),
  /** Object id of the table that an index is on, or that a TOAST table belongs to. */
  table: z.coerce.number().nullable(),
  /** Object id of the partitioned table at the top of which a table is a partition, or null. */
  root: z.coerce.number().nullable(),
  /** Whether an index may be used; null for what is none. */
  valid: z.boolean().nullable(),
  /** Numbers of a table's columns, by name: one that is dropped and made again gets another. */
  columns: z.record(z.string(), z.number()).nullable(),
});

const statistics = z.object({
  oid: z.coerce.number(),
  /** About: as counted by the last ANALYZE, and since. */
  rows: z.coerce.number(),
  /** The same as far as it was counted in this very database. */
  live: z.coerce.number(),
  /** With indexes and TOAST. */
  bytes: z.coerce.number(),
  // Since the statistics began.
  inserted: z.coerce.number(),
  updated: z.coerce.number(),
  deleted: z.coerce.number(),
  scanned: z.coerce.number(),
});

const whole = z.object({
  /** Bytes of write-ahead log since the server was made. */
  wal: z.coerce.number(),
  /** Larger files that a transaction makes are not logged there: with `wal_level = minimal`. */
  walSkipsFrom: z.coerce.number().nullable(),
  /** Bytes of the database. */
  bytes: z.coerce.number(),
});

/** A relation outside the system's schemas, or the TOAST table of one. */
export type CopyRelation = Readonly<z.infer<typeof relation>>;
/** What the server counts of a table. */
export type TableStatistics = Readonly<z.infer<typeof statistics>>;

/** A copy between two moves: everything by which it can be told what a move did. */
export interface CopyPicture extends Picture, Readonly<z.infer<typeof whole>> {
  readonly relations: readonly CopyRelation[];
  /** One a table or materialised view. */
  readonly tables: readonly TableStatistics[];
}

/**
 * Takes the picture. Nobody else may be in the database any more: sessions hand their counts in at
 * the latest when they end, and what is read here is read in two transactions.
 */
export async function takeCopyPicture(
  sql: Sql,
  table: MigrationDatabase["versionTable"],
): Promise<CopyPicture> {
  const picture = await takePicture(sql, table);
  await untilCounted(sql);
  // A transaction of its own: one sees the counts as they were when it first asked.
  return await inTransaction(sql, async (transaction) => {
    await transaction`set transaction isolation level repeatable read read only`;
    const relations = await readRelations(transaction);
    return {
      ...picture,
      ...await readWhole(transaction),
      relations,
      tables: await readTables(transaction),
    };
  });
}

async function readRelations(transaction: Queryable): Promise<CopyRelation[]> {
  const rows = await transaction`
    select c.oid::text, n.nspname || '.' || c.relname as name, c.relkind::text as kind,
      pg_relation_filenode(c.oid)::text as filenode,
      case when c.relkind in ('r', 'm', 't', 'i', 'S')
        then coalesce(pg_relation_size(c.oid), 0) else 0 end::text as bytes,
      coalesce(i.indrelid, o.oid)::text as "table", i.indisvalid as valid,
      case when c.relispartition and c.relkind in ('r', 'p')
        then pg_partition_root(c.oid)::oid::text end as root,
      (select json_object_agg(a.attname, a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
        and not a.attisdropped and c.relkind in ('r', 'p')) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_index i on i.indexrelid = c.oid
    left join pg_class o on o.reltoastrelid = c.oid and c.relkind = 't'
    where c.relkind in ('r', 'p', 'm', 'v', 'f', 'S', 'i', 'I', 't') and c.relpersistence <> 't'
      and n.nspname not in ('pg_catalog', 'information_schema')
      and (n.nspname <> 'pg_toast' or o.oid >= 16384)
    order by c.oid`;
  return rows.map((row) => relation.parse(row));
}

/** In a database that was made from a template counting began anew; its pg_class came along. */
async function readTables(transaction: Queryable): Promise<TableStatistics[]> {
  const rows = await transaction`
    select c.oid::text, pg_total_relation_size(c.oid)::text as bytes,
      (case when coalesce(s.last_analyze, s.last_autoanalyze) is not null then s.n_live_tup
        else greatest(c.reltuples, s.n_live_tup, 0) end)::bigint::text as rows,
      coalesce(s.n_live_tup, 0)::text as live,
      coalesce(s.n_tup_ins, 0)::text as inserted, coalesce(s.n_tup_upd, 0)::text as updated,
      coalesce(s.n_tup_del, 0)::text as deleted, coalesce(s.seq_tup_read, 0)::text as scanned
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_stat_all_tables s on s.relid = c.oid
    where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
      and n.nspname not in ('pg_catalog', 'information_schema')
    order by c.oid`;
  return rows.map((row) => statistics.parse(row));
}

async function readWhole(transaction: Queryable): Promise<z.infer<typeof whole>> {
  const [row] = await transaction`
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text as wal,
      case when current_setting('wal_level') = 'minimal'
        then pg_size_bytes(current_setting('wal_skip_threshold'))::text end as "walSkipsFrom",
      pg_database_size(current_database())::text as bytes`;
  return whole.parse(row);
}
