import type { FingerprintRow, TargetName } from "../../backups/manifest.ts";
import { databaseBytes } from "../../postgres/facts.ts";
import { inMaintenance } from "../../postgres/maintenance.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { Context } from "../context.ts";
import { findBound, judged, requireAllowed, requireNoPrepared } from "./findings.ts";
import { requireMayRename, requireRights } from "./rights.ts";
import { findRoom } from "./room.ts";
import { findUntested } from "./untested.ts";

/** A live database that a backup may have to take the place of. */
export interface Restorable {
  readonly target: TargetName;
  readonly dir: string;
  /** Findings that are accepted, by name. */
  readonly allow: readonly string[];
  /** What is in it. */
  readonly schema: readonly FingerprintRow[];
}

/** Refuses what a restore of it would be refused for, before anything is done that may need one. */
export async function requireRestorable(
  context: Pick<Context, "clock">,
  session: ServerSession,
  { target, dir, allow, schema }: Restorable,
): Promise<void> {
  const { database } = target;
  const { extensions, bytes, tablespace } = await contentOf(session, database);
  await inMaintenance(session, async (sql) => {
    await requireNoPrepared(sql, database);
    const asked = { session, clock: context.clock, dir, target, extensions };
    const found = [...await findBound(sql, database), ...await findUntested(sql, asked)];
    await requireMayRename(sql, [database]);
    const manifest = { fingerprint: { rows: schema }, database: { extensions } };
    const request = { owner: true, backup: { manifest } };
    await requireRights(sql, { request, live: database, createsRoles: false });
    const room = await findRoom(session, sql, { databaseBytes: bytes, copiedBytes: 0, tablespace });
    requireAllowed(judged([...found, ...room.findings], allow), allow);
  });
}

async function contentOf(session: ServerSession, database: string) {
  const sql = session.sql(database, { max: 1 });
  try {
    const extensions = await sql<{ name: string; version: string; schema: string }[]>`
      select extname as name, extversion as version, extnamespace::regnamespace::text as schema
      from pg_extension`;
    const [row] = await sql<{ tablespace: string }[]>`
      select spcname as tablespace from pg_tablespace t join pg_database d on d.dattablespace = t.oid
      where d.datname = current_database()`;
    return { extensions, bytes: await databaseBytes(sql), tablespace: row!.tablespace };
  } finally {
    await sql.end({ timeout: 5 });
  }
}
