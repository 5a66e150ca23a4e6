import { sleep } from "../core/time.ts";
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

/** The database that every server of the usual images has. */
const MAINTENANCE = "postgres";

/**
 * Connections that were let go of, one a session: to open one costs a process in the sidecar. None
 * is kept in `template1`, where it would block a plain CREATE DATABASE of others.
 */
const spare = new WeakMap<ServerSession, Sql>();

/**
 * Works in the database from which others are made, renamed and dropped, on a connection that
 * nobody else works on.
 */
export async function inMaintenance<T>(
  session: ServerSession,
  work: (sql: Sql) => Promise<T>,
  options?: Pick<MaintenanceOptions, "lock">,
): Promise<T> {
  const own = options !== undefined;
  const sql = (own ? undefined : await takeSpare(session)) ??
    await openMaintenance(session, options);
  let whole = false;
  try {
    const result = await work(sql);
    whole = true;
    return result;
  } finally {
    if (whole && !own && sql.options.database === MAINTENANCE && !spare.has(session)) {
      spare.set(session, sql);
    } else await sql.end({ timeout: 5 });
  }
}

/** A server that is asked something this easy answers by then, or is better asked anew. */
const ANSWERS_WITHIN_MS = 3000;

/** The spare connection, unless somebody has ended it meanwhile. */
async function takeSpare(session: ServerSession): Promise<Sql | undefined> {
  const sql = spare.get(session);
  spare.delete(session);
  if (!sql) return undefined;
  const over = new AbortController();
  const alive = await Promise.race([
    sql`select 1`.then(() => true, () => false),
    sleep(ANSWERS_WITHIN_MS, over.signal).then(() => false, () => false),
  ]);
  over.abort();
  if (alive) return sql;
  await sql.end({ timeout: 0 });
}

/** Connects to `postgres`; to `template1` where that one is missing or is `besides`: keep it short. */
export async function openMaintenance(
  session: ServerSession,
  { max = 1, lock = 10_000, besides }: MaintenanceOptions = {},
): Promise<Sql> {
  const open = (database: string) => session.sql(database, { max, timeouts: { lock } });
  if (besides === MAINTENANCE) {
    await (await takeSpare(session))?.end({ timeout: 5 });
    return open("template1");
  }
  const sql = open(MAINTENANCE);
  try {
    await sql`select 1`;
    return sql;
  } catch (error) {
    await sql.end({ timeout: 5 });
    if (sqlState(error) !== "3D000") throw error;
    return open("template1");
  }
}

/**
 * Works in `template1` of a server that is all ours, whatever its databases are called. Nothing is
 * left connected there: that would keep a revision from making a database.
 */
export async function inTemplate<T>(
  session: ServerSession,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const sql = session.sql("template1", { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
