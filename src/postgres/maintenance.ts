import { type Sql, sqlState } from "./connection.ts";
import type { ServerSession } from "./session.ts";

/** How a maintenance connection is opened. */
export interface MaintenanceOptions {
  readonly max?: number;
  /** Milliseconds that a statement waits for a lock. */
  readonly lock?: number;
  /** The database that must be free of our own sessions: the one that is about to be renamed. */
  readonly besides?: string;
}

/**
 * Works in the database from which others are made, renamed and dropped. Its connections end with
 * the work: an idle one would be cut by the server's timeouts during a long load, and one in
 * `postgres` would be in the way where `postgres` itself is swapped.
 */
export async function inMaintenance<T>(
  session: ServerSession,
  work: (sql: Sql) => Promise<T>,
  options: MaintenanceOptions = {},
): Promise<T> {
  const sql = await openMaintenance(session, options);
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * Connects to `postgres`, which every server of the usual images has; to `template1` where that one
 * is missing or is `besides`. A session in `template1` blocks a plain CREATE DATABASE of others:
 * keep it short.
 */
export async function openMaintenance(
  session: ServerSession,
  { max = 1, lock = 10_000, besides }: MaintenanceOptions = {},
): Promise<Sql> {
  const open = (database: string) => session.sql(database, { max, timeouts: { lock } });
  if (besides === "postgres") return open("template1");
  const sql = open("postgres");
  try {
    await sql`select 1`;
    return sql;
  } catch (error) {
    await sql.end({ timeout: 5 });
    if (sqlState(error) !== "3D000") throw error;
    return open("template1");
  }
}
