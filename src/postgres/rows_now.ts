import { z } from "zod";
import type { TableRows } from "../backups/manifest.ts";
import type { Queryable } from "./connection.ts";
import type { TableName } from "./facts.ts";
import { hashRoots, tableKey } from "./hash_roots.ts";
import { lettingGo } from "./held.ts";
import { quoteQualified } from "./identifier.ts";
import { summedUp } from "./summed_up.ts";

/** A table whose rows are far from what they were. */
export interface RowsFound extends TableName {
  readonly then: number;
  readonly now: number;
  /** How many of them were written since; 0 where that is not asked. */
  readonly written: number;
  /** False where a part of the table was counted and the rest reckoned. */
  readonly exact: boolean;
}

/** What became of tables. */
export interface TablesFound {
  /** Those that are not there any more. */
  readonly gone: readonly TableRows[];
  readonly far: readonly RowsFound[];
}

/** How much is read, whatever the server's statistics say: they are some seconds behind. */
export interface Effort {
  /** Pages of a table up to which it is always counted. */
  readonly always: number;
  /** Pages up to which a table in doubt is counted whole; of a larger one so many are looked at. */
  readonly inDoubt: number;
  /** How many tables are read at most: those that had most rows. */
  readonly tables: number;
}

/** Whether so many rows are far from how many there were. */
export type IsFar = (then: number, now: number) => boolean;

/** Rows that were written in place of others are found, too. */
export interface Rewrites {
  /** The transactions that were over then, as `pg_snapshot` writes it, in this very database. */
  readonly snapshot: string;
  /** Whether so many of a table's rows make it another one. */
  readonly isRewritten: (rows: number, written: number) => boolean;
  /** How many pages are looked at of a table whose number of rows is not in doubt. */
  readonly pages: number;
}

const estimate = z.object({
  schema: z.string(),
  name: z.string(),
  pages: z.coerce.number(),
  /** Rows by what was counted as they came and went; 0 after a crash, too. */
  live: z.coerce.number(),
  /** Rows by what the last ANALYZE found on a page; null before the first one. */
  planned: z.coerce.number().nullable(),
});

/** What is known of a table without a look. */
interface Estimate extends z.infer<typeof estimate> {
  /** Whether rows of other tables are counted with it: of its partitions by hash. */
  readonly whole: boolean;
}

/** The same, how many rows it had, and how it is read. */
interface Candidate extends Estimate {
  readonly then: number;
  /** Whether its rows are counted; else only what part of them was written since is looked at. */
  readonly isCounted: boolean;
  /** Of a larger one so many pages are looked at. */
  readonly most: number;
}

/**
 * Compares how many rows tables have with how many they had. A large table is believed to have what
 * the statistics say where all of it is near; else it is read, and never more than in part: that a
 * table is large makes it no slower.
 */
export async function findRows(
  transaction: Queryable,
  before: readonly TableRows[],
  isFar: IsFar,
  effort: Effort,
  rewrites?: Rewrites,
): Promise<TablesFound> {
  const roots = await hashRoots(transaction);
  const known = together(await readEstimates(transaction), roots);
  const tables = [...summedUp(before, roots).values()];
  const gone = tables.filter((table) => !known.has(tableKey(table)));
  const read = tables.flatMap((table): Candidate[] => {
    const found = known.get(tableKey(table));
    if (!found) return [];
    const isCounted = found.pages <= effort.always || isDoubtful(found, table.rows, isFar);
    const most = isCounted ? effort.inDoubt : rewrites?.pages;
    return most === undefined ? [] : [{ ...found, then: table.rows, isCounted, most }];
  }).toSorted((a, b) => b.then - a.then || b.pages - a.pages).slice(0, effort.tables);
  const rows = await readRows(transaction, read, rewrites?.snapshot);
  const far = rows.filter(({ then, now, written }, at) =>
    read[at]!.isCounted && isFar(then, now) || rewrites?.isRewritten(now, written)
  );
  return { gone, far };
}

async function readEstimates(sql: Queryable): Promise<z.infer<typeof estimate>[]> {
  const rows = await sql`
    select n.nspname as schema, c.relname as name, s.pages,
      pg_stat_get_live_tuples(c.oid) as live,
      case when c.reltuples >= 0 and c.relpages > 0
        then c.reltuples::float8 / c.relpages * s.pages end as planned
    from pg_class c join pg_namespace n on n.oid = c.relnamespace,
      lateral (select pg_relation_size(c.oid) / current_setting('block_size')::int as pages) s
    where c.relkind = 'r' and c.relpersistence <> 't' and c.oid >= 16384
      and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`;
  return rows.map((row) => estimate.parse(row));
}

/** By name; which of its partitions by hash a row is in is not the same once it was loaded. */
function together(
  estimates: readonly z.infer<typeof estimate>[],
  roots: ReadonlyMap<string, TableName>,
): Map<string, Estimate> {
  const sums = new Map<string, Estimate>();
  for (const one of estimates) {
    const root = roots.get(tableKey(one));
    const { schema, name } = root ?? one;
    const { pages = 0, live = 0, planned = 0 } = sums.get(tableKey({ schema, name })) ?? {};
    sums.set(tableKey({ schema, name }), {
      ...{ schema, name, whole: root !== undefined },
      ...{ pages: pages + one.pages, live: live + one.live },
      planned: planned === null || one.planned === null ? null : planned + one.planned,
    });
  }
  return sums;
}

/** The most that a page of the usual size holds. */
const ROWS_A_PAGE = 291;

function isDoubtful(
  { pages, live, planned }: Estimate,
  then: number,
  isFar: IsFar,
): boolean {
  if (pages === 0) return isFar(then, 0);
  // Nothing was analysed yet: of what came in the last seconds nobody may have heard.
  if (planned === null && isFar(then, pages * ROWS_A_PAGE)) return true;
  return isFar(then, live) || (planned !== null && isFar(then, Math.round(planned)));
}

const TABLES_A_STATEMENT = 20;

/** Counts small tables whole, and of a large one the rows of so many pages here and there. */
async function readRows(
  transaction: Queryable,
  tables: readonly Candidate[],
  snapshot: string | undefined,
): Promise<RowsFound[]> {
  const found: RowsFound[] = [];
  for (let at = 0; at < tables.length; at += TABLES_A_STATEMENT) {
    const some = tables.slice(at, at + TABLES_A_STATEMENT);
    const counts = await lettingGo(transaction, () => counted(transaction, some, snapshot));
    some.forEach(({ schema, name, then, pages, most }, index) => {
      const part = partOf(pages, most);
      const [now = 0, written = 0] = (counts[index] ?? []).map((n) => Math.round(n / part));
      found.push({ schema, name, then, now, written, exact: part === 1 });
    });
  }
  return found;
}

function partOf(pages: number, most: number): number {
  return pages <= most ? 1 : most / pages;
}

const countsShape = z.array(z.array(z.number()));

/** Rows of each table, and those of them that are younger than a snapshot. */
async function counted(
  sql: Queryable,
  tables: readonly Candidate[],
  snapshot: string | undefined,
): Promise<number[][]> {
  // A row has 32 bits of its transaction's number; the others are those of the ones before now.
  const since = "next - ((next - t.xmin::text::int8) & 4294967295) >= oldest";
  const counts = tables.map(({ schema, name, pages, most, whole }) => {
    const percent = (partOf(pages, most) * 100).toPrecision(6);
    const sample = pages > most ? ` tablesample system (${percent})` : "";
    return `(select json_build_array(count(*), count(*) filter (where ${since}))
      from ${whole ? "" : "only "}${quoteQualified(schema, name)} t${sample})`;
  });
  const [row] = await sql.unsafe<{ counts: string }[]>(
    `select json_build_array(${counts.join(", ")})::text as counts from (
       select pg_snapshot_xmax(pg_current_snapshot())::text::int8 as next,
         coalesce(pg_snapshot_xmin($1::text::pg_snapshot)::text::int8, 9223372036854775807) as oldest
       offset 0) as n`,
    [snapshot ?? null],
  );
  return countsShape.parse(JSON.parse(row?.counts ?? "[]"));
}
