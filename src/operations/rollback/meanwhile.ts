import type { Backup } from "../../backups/list.ts";
import type { Sql } from "../../postgres/connection.ts";
import { writtenSince } from "../../postgres/written_since.ts";
import { versionTableName } from "../migrate/version_table.ts";
import type { BothSides } from "../migrate/read_both.ts";

/**
 * Why it cannot be said that nobody wrote since the fresh backup, a sentence for each table, or for
 * each of some, named as `schema.name`.
 */
export async function writtenMeanwhile(
  sql: Sql,
  { state: { versionTable } }: BothSides,
  { snapshot, manifest }: Pick<Backup, "manifest"> & { readonly snapshot: string },
  only: readonly string[] | undefined,
): Promise<string[]> {
  return await writtenSince(sql, {
    ...{ snapshot, tables: manifest.tables, own: [], only },
    besides: versionTableName(versionTable),
  });
}
