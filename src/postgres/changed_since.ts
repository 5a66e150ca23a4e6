import type { Manifest, TableRows } from "../backups/manifest.ts";
import type { Queryable } from "./connection.ts";
import { countRows, listTables } from "./facts.ts";
import { hashRoots, tableKey } from "./hash_roots.ts";
import { lettingGo } from "./held.ts";
import { countSince } from "./written_since.ts";
import { summedUp } from "./summed_up.ts";

/** A table of a backup or of the database that it was taken of, as both have it. */
export interface ChangedTable {
  readonly schema: string;
  readonly name: string;
  /** Its rows in the backup; undefined where it was not there. */
  readonly then: number | undefined;
  /** Undefined where it is gone. */
  readonly now: number | undefined;
  /** Rows that were added or changed since; undefined where the database is not the same one. */
  readonly written: number | undefined;
}

/** The tables that differ from a backup, and how far it can be told. */
export interface ChangesSince {
  /** Whether changed rows were seen, too: only in the very database that was backed up. */
  readonly exact: boolean;
  readonly tables: readonly ChangedTable[];
}

/** Reads every row of a database, to say what is in it and not in one of its backups. */
export async function changedSince(
  transaction: Queryable,
  { tables, transactions, server, migrations }: Manifest,
  signal: AbortSignal,
): Promise<ChangesSince> {
  const exact = transactions !== undefined &&
    await isSameDatabase(transaction, transactions, server.systemIdentifier);
  const version = migrations?.table;
  const isData = (table: { schema: string; name: string }) =>
    version === undefined || tableKey(table) !== tableKey(version);
  const there = (await listTables(transaction)).filter(isData);
  const then = tables.filter(isData);
  const found = exact
    ? await exactly(transaction, { there, then, snapshot: transactions.snapshot }, signal)
    : await byCount(transaction, { there, then }, signal);
  return { exact, tables: found.filter(differs) };
}

/** Numbers of transactions say nothing in another cluster, nor in a database that was loaded. */
export async function isSameDatabase(
  sql: Queryable,
  { databaseOid, snapshot }: NonNullable<Manifest["transactions"]>,
  systemIdentifier: string | null | undefined,
): Promise<boolean> {
  if (typeof systemIdentifier !== "string") return false;
  const [may] = await sql<{ may: boolean }[]>`
    select has_function_privilege('pg_control_system()', 'execute') as may`;
  if (!may?.may) return false;
  // A server that was set back to before the backup counts its transactions anew.
  const [row] = await sql<{ same: boolean }[]>`
    select d.oid::text = ${databaseOid} and s.system_identifier::text = ${systemIdentifier}
      and pg_snapshot_xmax(pg_current_snapshot())::text::numeric
        >= pg_snapshot_xmax(${snapshot}::text::pg_snapshot)::text::numeric as same
    from pg_database d, pg_control_system() s where d.datname = current_database()`;
  return row?.same ?? false;
}

interface Both {
  readonly there: readonly { readonly schema: string; readonly name: string }[];
  readonly then: readonly TableRows[];
}

async function exactly(
  sql: Queryable,
  { there, then, snapshot }: Both & { readonly snapshot: string },
  signal: AbortSignal,
): Promise<ChangedTable[]> {
  const before = new Map(then.map((table) => [tableKey(table), table.rows]));
  const found: ChangedTable[] = [];
  for (const table of there) {
    signal.throwIfAborted();
    const { rows: now, others } = await lettingGo(
      sql,
      () => countSince(sql, table, { snapshot, own: [] }),
    );
    found.push({ ...table, then: before.get(tableKey(table)), now, written: others });
  }
  return [...found, ...gone(then, there)];
}

async function byCount(
  sql: Queryable,
  { there, then }: Both,
  signal: AbortSignal,
): Promise<ChangedTable[]> {
  const roots = await hashRoots(sql);
  const counted = await countRows(sql, there, () => signal.throwIfAborted());
  const [before, now] = [summedUp(then, roots), summedUp(counted, roots)];
  const found = [...now].map(([key, { rows, ...table }]): ChangedTable => (
    { ...table, then: before.get(key)?.rows, now: rows, written: undefined }
  ));
  return [...found, ...gone([...before.values()], [...now.values()])];
}

function gone(then: readonly TableRows[], there: Both["there"]): ChangedTable[] {
  const keys = new Set(there.map(tableKey));
  return then.filter((table) => !keys.has(tableKey(table))).map(({ rows, ...table }) => (
    { ...table, then: rows, now: undefined, written: undefined }
  ));
}

function differs({ then, now, written = 0 }: ChangedTable): boolean {
  return then !== now || written > 0;
}
