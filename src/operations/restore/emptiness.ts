import type { Manifest } from "../../backups/manifest.ts";
import type { ServerSession } from "../../postgres/session.ts";

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
  const sql = session.sql(database, { max: 1 });
  try {
    if (!has("schema", "public")) await sql`drop schema public`;
    if (!has("extension", "plpgsql")) await sql`drop extension plpgsql`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
