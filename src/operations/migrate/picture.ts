import type { MigrationDatabase } from "../../migrators/migrator.ts";
import type { Queryable, Sql } from "../../postgres/connection.ts";
import { type Fingerprint, readFingerprint } from "../../postgres/fingerprint.ts";
import { quoteQualified } from "../../postgres/identifier.ts";

/** A database as a second connection sees it: what the tool says it did is not believed. */
export interface Picture {
  /** What the version table holds, sorted. */
  readonly heads: readonly string[];
  readonly fingerprint: Fingerprint;
}

/** Reads the version table and the schema in one snapshot. */
export async function takePicture(
  sql: Sql,
  table: MigrationDatabase["versionTable"],
): Promise<Picture> {
  return await sql.begin("isolation level repeatable read read only", async (transaction) => {
    const heads = await readHeads(transaction, table);
    return { heads, fingerprint: await readFingerprint(transaction) };
  });
}

/**
 * What the version table holds, sorted. Without a schema Alembic leaves it to the search path; the
 * one in `public` is looked at first.
 */
export async function readHeads(
  sql: Queryable,
  { schema, name }: MigrationDatabase["versionTable"],
): Promise<string[]> {
  const [found] = await sql<{ schema: string }[]>`
    select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relname = ${name} and c.relkind in ('r', 'p') and n.nspname !~ '^pg_(temp|toast)'
      and (${schema}::text is null or n.nspname = ${schema})
    order by n.nspname <> 'public', n.nspname limit 1`;
  if (!found) return [];
  const rows = await sql.unsafe<{ version_num: string }[]>(
    `select version_num from ${quoteQualified(found.schema, name)}`,
  );
  return rows.map((row) => row.version_num).sort();
}

/** Whether two pictures show the same revisions and the same schema. */
export function samePicture(a: Picture, b: Picture): boolean {
  return sameHeads(a.heads, b.heads) && a.fingerprint.sha256 === b.fingerprint.sha256;
}

/** Whether two lists of heads hold the same. */
export function sameHeads(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().join() === b.toSorted().join();
}

/** Heads in words. */
export function headsText(heads: readonly string[]): string {
  return heads.length > 0 ? heads.join(" and ") : "base, with nothing applied";
}
