import type { MigrationDatabase } from "../../migrators/migrator.ts";
import type { TableName } from "../../postgres/facts.ts";
import { type Fingerprint, fingerprintOf } from "../../postgres/fingerprint.ts";

/** Where Alembic keeps what is applied. */
export type VersionTable = Pick<MigrationDatabase["versionTable"], "foundIn" | "name">;

/** Its name in the database; undefined where it is in none of its schemas. */
export function versionTableName({ foundIn, name }: VersionTable): TableName | undefined {
  return foundIn === null ? undefined : { schema: foundIn, name };
}

/** A schema without the version table, which no revision makes: Alembic does, and leaves it there. */
export function withoutVersionTable(
  { rows }: Fingerprint,
  { foundIn, name }: VersionTable,
): Fingerprint {
  const table = `${foundIn}.${name}`;
  const ofTable = (ident: string) => {
    const plain = ident.replaceAll('"', "");
    return plain === table || plain.startsWith(`${table}.`) || plain.endsWith(` ${table}`);
  };
  return fingerprintOf(rows.filter(([, ident]) => !ofTable(ident)));
}

/** Whether there are tables, and no version that says which revision made them. */
export function hasTablesWithoutVersion(
  heads: readonly string[],
  fingerprint: Fingerprint,
  table: VersionTable,
): boolean {
  return heads.length === 0 &&
    withoutVersionTable(fingerprint, table).rows.some(([kind]) => kind === "table");
}
