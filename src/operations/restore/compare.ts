import type { Manifest } from "../../backups/manifest.ts";
import type { Queryable, Sql } from "../../postgres/connection.ts";
import { countLargeObjects, countRows, listTables, type TableName } from "../../postgres/facts.ts";
import {
  differenceText,
  readFingerprint,
  type SchemaDifference,
  schemaDifferences,
} from "../../postgres/fingerprint.ts";
import { hashRoots, tableKey } from "../../postgres/hash_roots.ts";
import { inTransaction } from "../../postgres/held.ts";
import { summedUp } from "../../postgres/summed_up.ts";

/** What is compared, and how much of it. */
export interface Comparison {
  /** False where the objects were given other owners on purpose: rights differ then. */
  readonly rights: boolean;
  readonly onTable: (table: TableName, done: number) => void;
  /** Ends it in the middle of a count: one may take longer than anybody waits after Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** What differs, in sentences. */
export interface Differences {
  /** In rows, sequences and large objects. */
  readonly data: readonly string[];
  /** In definitions. */
  readonly schema: readonly string[];
  /** Definitions that a newer major version than the backup's writes down in other words. */
  readonly reworded: readonly string[];
  /** Materialized views that were filled and are not. */
  readonly unfilled: readonly string[];
}

/** Compares a restored database with its manifest. */
export async function compareRestored(
  sql: Sql,
  manifest: Manifest,
  { rights, onTable, signal }: Comparison,
): Promise<Differences> {
  return await inTransaction(sql, async (transaction) => {
    await transaction`set transaction isolation level repeatable read, read only`;
    const data = [
      ...await compareRows(transaction, manifest, onTable),
      ...await compareSequences(transaction, manifest),
      ...await compareLargeObjects(transaction, manifest),
    ];
    return { data, ...await compareSchema(transaction, manifest, rights) };
  }, signal);
}

async function compareRows(
  sql: Queryable,
  { tables }: Manifest,
  onTable: Comparison["onTable"],
): Promise<string[]> {
  const counted = await countRows(sql, await listTables(sql), onTable);
  const roots = await hashRoots(sql);
  const [before, found] = [tables, counted].map((rows) => summedUp(rows, roots));
  const differences = [...before!].flatMap(([name, rows]) => {
    const now = found!.get(name);
    found!.delete(name);
    if (now?.rows === rows.rows) return [];
    const has = now === undefined ? "is missing" : `has ${now.rows} rows`;
    return [`table ${rows.schema}.${rows.name} ${has} instead of ${rows.rows} rows`];
  });
  const more = [...found!.values()];
  return [...differences, ...more.map(({ schema, name }) => `table ${schema}.${name} is new`)];
}

/**
 * Sequences obey no snapshot: those of the dump may be further on than those of the manifest. An
 * extension's may be closed to whoever loads a foreign dump.
 */
async function compareSequences(sql: Queryable, { sequences }: Manifest): Promise<string[]> {
  const rows = await sql<{ schema: string; name: string; last: string | null; up: boolean }[]>`
    select n.nspname as schema, c.relname as name, pg_sequence_last_value(c.oid)::text as last,
      s.seqincrement > 0 as up
    from pg_sequence s join pg_class c on c.oid = s.seqrelid
      join pg_namespace n on n.oid = c.relnamespace
    where not exists (select from pg_depend e where e.classid = 'pg_class'::regclass
      and e.objid = c.oid and e.deptype = 'e')`;
  const found = new Map(rows.map((row) => [tableKey(row), row]));
  return sequences.flatMap((sequence) => {
    const { schema, name, last } = sequence;
    const now = found.get(tableKey(sequence));
    if (!now) return [`sequence ${schema}.${name} is missing`];
    if (last === null || now.last !== null && reached(now.last, last, now.up)) return [];
    return [`sequence ${schema}.${name} stands at ${now.last ?? "its start"} instead of ${last}`];
  });
}

function reached(now: string, before: string, up: boolean): boolean {
  return up ? BigInt(now) >= BigInt(before) : BigInt(now) <= BigInt(before);
}

async function compareLargeObjects(
  sql: Queryable,
  { largeObjects }: Manifest,
): Promise<string[]> {
  const found = await countLargeObjects(sql);
  return found === largeObjects
    ? []
    : [`there are ${found} large objects instead of ${largeObjects}`];
}

async function compareSchema(
  sql: Queryable,
  { fingerprint, server }: Manifest,
  rights: boolean,
): Promise<Omit<Differences, "data">> {
  const now = await readFingerprint(sql);
  if (now.sha256 === fingerprint.sha256) return { schema: [], reworded: [], unfilled: [] };
  const [row] = await sql<{ num: number }[]>`
    select current_setting('server_version_num')::int as num`;
  const newer = Math.floor((row?.num ?? 0) / 10_000) > Math.floor(server.versionNum / 10_000);
  const differences = schemaDifferences(fingerprint, now)
    .filter(({ kind }) => rights || !["grant", "default privileges"].includes(kind));
  // The same object on both sides, loaded from its own definition: only the words are others.
  const isReworded = ({ before, after }: SchemaDifference) =>
    newer && before !== undefined && after !== undefined;
  const unfilled = differences.filter(isUnfilled);
  const others = differences.filter((one) => !isUnfilled(one));
  return {
    schema: others.filter((one) => !isReworded(one)).map(differenceText),
    reworded: others.filter(isReworded).map(differenceText),
    unfilled: unfilled.map(({ ident }) => ident),
  };
}

function isUnfilled({ kind, before, after }: SchemaDifference): boolean {
  return kind === "materialized view" && after === `${before} not populated`;
}
