import type { Backup } from "../../backups/list.ts";
import type { Sql } from "../../postgres/connection.ts";
import { writtenSince } from "../../postgres/written_since.ts";
import type { BothSides } from "../migrate/read_both.ts";

/** Why it cannot be said that nobody wrote since the fresh backup, a sentence for each table. */
export async function writtenMeanwhile(
  sql: Sql,
  { state: { versionTable: { foundIn: schema, name } } }: BothSides,
  { snapshot, manifest }: Pick<Backup, "manifest"> & { readonly snapshot: string },
): Promise<string[]> {
  return await writtenSince(sql, {
    ...{ snapshot, tables: manifest.tables, own: [] },
    besides: schema === null ? undefined : { schema, name },
  });
}

/** Of those sentences the ones about some tables. */
export function among(doubts: readonly string[], tables: readonly string[]): string[] {
  return doubts.filter((doubt) => tables.some((table) => doubt.startsWith(`${table} `)));
}
