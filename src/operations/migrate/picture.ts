import type { MigrationDatabase } from "../../migrators/migrator.ts";
import { type Queryable, type Sql, sqlState } from "../../postgres/connection.ts";
import { type Fingerprint, readFingerprint } from "../../postgres/fingerprint.ts";
import { inTransaction } from "../../postgres/held.ts";
import { quoteQualified } from "../../postgres/identifier.ts";
import { tableLocked } from "./table_holders.ts";

/** A database as a second connection sees it: what the tool says it did is not believed. */
export interface Picture {
  /** What the version table holds, sorted. */
  readonly heads: readonly string[];
  readonly fingerprint: Fingerprint;
}

/** SQLSTATE of a lock that was not had in time. */
const LOCK_NOT_AVAILABLE = "55P03";

/** Reads the version table and the schema in one snapshot. */
export async function takePicture(
  sql: Sql,
  table: MigrationDatabase["versionTable"],
): Promise<Picture> {
  try {
    return await inTransaction(sql, async (transaction) => {
      await transaction`set transaction isolation level repeatable read read only`;
      const heads = await readHeads(transaction, table);
      return { heads, fingerprint: await readFingerprint(transaction) };
    });
  } catch (error) {
    throw sqlState(error) === LOCK_NOT_AVAILABLE ? await tableLocked(sql, "oakum", error) : error;
  }
}

/** What the version table holds, sorted. */
export async function readHeads(
  sql: Queryable,
  { foundIn, name }: MigrationDatabase["versionTable"],
): Promise<string[]> {
  const [found] = await sql`
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relname = ${name} and n.nspname = ${foundIn} and c.relkind in ('r', 'p')`;
  if (!found || foundIn === null) return [];
  const rows = await sql.unsafe<{ version_num: string }[]>(
    `select version_num from ${quoteQualified(foundIn, name)}`,
  );
  return rows.map((row) => row.version_num).sort();
}

/** Indexes that a CREATE INDEX CONCURRENTLY left broken between two pictures. */
export function newInvalidIndexes(before: Picture, after: Picture): string[] {
  const invalid = ({ fingerprint: { rows } }: Picture) =>
    rows.filter(([kind]) => kind === "~invalid index").map(([, ident]) => ident);
  const known = new Set(invalid(before));
  return invalid(after).filter((ident) => !known.has(ident));
}

/** Whether two lists of heads hold the same. */
export function sameHeads(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().join() === b.toSorted().join();
}

/** Heads in words. */
export function headsText(heads: readonly string[]): string {
  return heads.length > 0 ? heads.join(" and ") : "base, with nothing applied";
}
