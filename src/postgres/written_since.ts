import type { TableRows } from "../backups/manifest.ts";
import type { Queryable, Sql } from "./connection.ts";
import { listTables, type TableName } from "./facts.ts";
import { inTransaction, lettingGo } from "./held.ts";
import { quoteQualified } from "./identifier.ts";

/** The transactions that are over now, as `pg_snapshot` writes it: `1000:1004:1000,1002`. */
export async function readSnapshot(sql: Sql): Promise<string> {
  const [row] = await sql<{ snapshot: string }[]>`select pg_current_snapshot()::text as snapshot`;
  if (!row) throw new Error("the server did not answer");
  return row.snapshot;
}

/** What is known of a database at an instant, and of who wrote since. */
export interface Since {
  /** From then, by `readSnapshot()`. */
  readonly snapshot: string;
  /** The rows that its tables had. */
  readonly tables: readonly TableRows[];
  /** Transactions of one's own since then, oldest first, as `xmin` shows them. */
  readonly own: readonly string[];
  /** A table that one has written to oneself, and nobody else does. */
  readonly besides: TableName | undefined;
  /** `schema.name`: the tables that matter, with all of their partitions; undefined: every one. */
  readonly only?: readonly string[] | undefined;
}

/** The rows of a table, and who wrote them. */
export interface Counted {
  readonly rows: number;
  /** Written since, by one's own transactions and by others. */
  readonly own: number;
  readonly others: number;
}

/**
 * Why it cannot be said that nobody else wrote since an instant, in sentences; none where nobody did.
 * Reads every row: each carries the transaction that wrote it, and what was deleted is missing in
 * the number of them. Where one's own transactions wrote too, others can be excluded only if none
 * was between them.
 */
export async function writtenSince(sql: Sql, since: Since): Promise<string[]> {
  return await inTransaction(sql, async (transaction) => {
    await transaction`set transaction isolation level repeatable read read only`;
    const there = await listTables(transaction);
    const wanted = await chosenOf(transaction, since.only);
    const quiet = wasQuiet(since);
    const missing = since.tables.filter((table) =>
      wanted(table) && !there.some((one) => isSame(one, table))
    );
    const doubts = missing.map(({ schema, name }) =>
      `${schema}.${name} is not there any more: what was written to it is not known.`
    );
    for (const table of there) {
      if (since.besides && isSame(table, since.besides) || !wanted(table)) continue;
      const counted = await lettingGo(transaction, () => countSince(transaction, table, since));
      const before = since.tables.find((one) => isSame(one, table));
      const doubt = doubtOf(counted, before, quiet);
      if (doubt !== undefined) doubts.push(`${table.schema}.${table.name} ${doubt}.`);
    }
    return doubts;
  });
}

/** Whether a table is among some, or is a partition of one of them. */
async function chosenOf(
  sql: Queryable,
  only: Since["only"],
): Promise<(table: TableName) => boolean> {
  if (!only) return () => true;
  const leaves = await sql<(TableName & { root: string })[]>`
    select n.nspname as schema, c.relname as name, m.nspname || '.' || r.relname as root
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_class r on r.oid = pg_partition_root(c.oid)
      join pg_namespace m on m.oid = r.relnamespace
    where c.relispartition`;
  const below = leaves.filter(({ root }) => only.includes(root));
  const names = new Set([...only, ...below.map(({ schema, name }) => `${schema}.${name}`)]);
  return ({ schema, name }) => names.has(`${schema}.${name}`);
}

/**
 * A row has 32 bits of its transaction's number; the others are those of the ones before now. What is
 * as young as the oldest that was open then counts as since: the numbers of savepoints are in no
 * snapshot, and nobody can tell whose they were.
 */
export async function countSince(
  sql: Queryable,
  { schema, name }: TableName,
  { snapshot, own }: Pick<Since, "snapshot" | "own">,
): Promise<Counted> {
  const [counted] = await sql.unsafe<Counted[]>(
    `with now as materialized (
       select pg_snapshot_xmax(pg_current_snapshot())::text::int8 as next)
     select count(*)::float8 as rows,
       count(*) filter (where since and xid = any($2::text[]))::float8 as own,
       count(*) filter (where since and xid <> all($2::text[]))::float8 as others
     from now, lateral (
       select t.xmin::text as xid, next - ((next - t.xmin::text::int8) & 4294967295)
         >= pg_snapshot_xmin($1::text::pg_snapshot)::text::int8 as since
       from only ${quoteQualified(schema, name)} t) as row`,
    [snapshot, own as string[]],
  );
  if (!counted) throw new Error("the server did not answer");
  return counted;
}

function doubtOf(
  { rows, own, others }: Counted,
  before: TableRows | undefined,
  quiet: boolean,
): string | undefined {
  if (others > 0) return `has ${others} rows that somebody else wrote`;
  if (!before) return undefined;
  if (own > 0 && !quiet) return "was written to by the upgrade, and may have been by others";
  if (rows !== before.rows) return `has ${rows} rows, the backup has ${before.rows}`;
  return undefined;
}

/** Whether one's own transactions follow the snapshot, and each other, without one in between. */
function wasQuiet({ snapshot, own }: Since): boolean {
  const [, next = "", open = ""] = snapshot.split(":");
  const low = (xid: bigint) => BigInt.asUintN(32, xid);
  return open === "" && own.every((xid, at) => BigInt(xid) === low(BigInt(next) + BigInt(at)));
}

function isSame(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.name === b.name;
}
