import type { Manifest } from "../../backups/manifest.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { execute } from "../../postgres/statement.ts";

/** What template0 has. */
const SURPLUS = [
  { kind: "schema", name: "public" },
  { kind: "extension", name: "plpgsql" },
] as const;

/**
 * Takes away what every new database has and the one in the backup did not: a dump does not say what
 * was missing.
 */
export async function matchEmptiness(
  session: ServerSession,
  database: string,
  { fingerprint }: Pick<Manifest, "fingerprint">,
): Promise<void> {
  const has = (kind: string, name: string) =>
    fingerprint.rows.some(([k, ident]) => k === kind && ident === name);
  const surplus = SURPLUS.filter(({ kind, name }) => !has(kind, name));
  if (surplus.length === 0) return;
  const sql = session.sql(database, { max: 1 });
  try {
    for (const { kind, name } of surplus) await execute(sql, `drop ${kind} %I`, name);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
