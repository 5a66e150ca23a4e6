import { OakumError } from "../core/errors.ts";
import { ago, type Clock, rfc3339, sleep } from "../core/time.ts";
import type { Queryable, Sql } from "./connection.ts";
import { inMaintenance, openMaintenance } from "./maintenance.ts";
import type { ServerSession } from "./session.ts";

/** Part of the lock's key, so that it meets nobody else's advisory locks. */
const SEED = 7_340_033_201;
const PAUSE_MS = 250;

/** How long a run waits for another one to end. */
export interface LockOptions {
  readonly clock: Clock;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** Who holds a target's lock. */
interface Holder {
  readonly pid: number;
  readonly run: string;
  readonly since: Date;
}

/**
 * The right to change one database, held by one run of oakum at a time: an advisory lock in the
 * maintenance database, since one in the target would block our own swap. It ends with its
 * connection, however this process ends.
 */
export class TargetLock implements AsyncDisposable {
  private constructor(
    private readonly session: ServerSession,
    private readonly target: string,
    /** A pool of one: the lock is its connection's. */
    private holder: Sql,
    private pid: number,
  ) {}

  /** Throws an `OakumError` with outcome `locked` that names the holder. */
  static async take(
    session: ServerSession,
    target: string,
    options: LockOptions,
  ): Promise<TargetLock> {
    const holder = await openMaintenance(session);
    try {
      return new TargetLock(session, target, holder, await acquire(holder, target, options));
    } catch (error) {
      await holder.end({ timeout: 1 });
      throw error;
    }
  }

  /** The run that holds a target's lock now; undefined where none does. */
  static async holder(session: ServerSession, target: string): Promise<string | undefined> {
    return await inMaintenance(session, async (sql) => (await findHolder(sql, target))?.run);
  }

  /** Throws where the lock's connection was lost meanwhile: somebody else may hold it by now. */
  async assertHeld(): Promise<void> {
    const mine = await this.holder<{ held: boolean }[]>`
      select exists (
        select from pg_locks where locktype = 'advisory' and granted and pid = ${this.pid}
          and pid = pg_backend_pid()
      ) as held`.catch(() => []);
    if (mine[0]?.held) return;
    throw new OakumError(
      "lock-lost",
      "unchanged",
      `The lock on "${this.target}" was lost while oakum worked: its session was ended.`,
      { hint: "Nothing was changed. Try again; if it happens again, look for who ends sessions." },
    );
  }

  /**
   * Holds the lock from a database that is not `besides`, for the time of a swap: the new one is
   * taken before the old one is let go.
   */
  async moveAwayFrom(besides: string, options: LockOptions): Promise<void> {
    if (besides !== "postgres") return;
    const holder = await openMaintenance(this.session, { besides });
    try {
      const pid = await acquire(holder, this.target, options);
      await this[Symbol.asyncDispose]();
      [this.holder, this.pid] = [holder, pid];
    } catch (error) {
      await holder.end({ timeout: 1 });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.holder.end({ timeout: 5 });
  }
}

async function acquire(
  holder: Sql,
  target: string,
  { clock, waitMs = 0, signal }: LockOptions,
): Promise<number> {
  await switchOffTimeouts(holder);
  const until = performance.now() + waitMs;
  for (;;) {
    const [row] = await holder<{ taken: boolean; pid: number }[]>`
      select pg_try_advisory_lock(hashtextextended(${target}, ${SEED})) as taken,
        pg_backend_pid() as pid`;
    if (row?.taken) return row.pid;
    if (performance.now() >= until) {
      throw lockedError(target, await findHolder(holder, target), clock);
    }
    await sleep(PAUSE_MS, signal);
  }
}

/** The server, the database or the role may end sessions that are idle for long. */
async function switchOffTimeouts(holder: Sql): Promise<void> {
  await holder`
    select set_config(name, '0', false) from pg_settings
    where name in ('idle_session_timeout', 'transaction_timeout', 'statement_timeout')`;
}

async function findHolder(sql: Queryable, target: string): Promise<Holder | undefined> {
  const [row] = await sql<{ pid: number; application: string; since: Date }[]>`
    with lock(key) as (select hashtextextended(${target}, ${SEED}))
    select a.pid, a.application_name as application, a.backend_start as since
    from lock, pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and l.database = (select oid from pg_database where datname = current_database())
      and (l.classid::bigint << 32) | l.objid::bigint = lock.key`;
  return row && { ...row, run: row.application.replace(/^oakum\//, "") };
}

function lockedError(target: string, holder: Holder | undefined, clock: Clock): OakumError {
  const by = holder
    ? `run ${holder.run} (server process ${holder.pid}, begun ${ago(holder.since, clock.now())})`
    : "another run of oakum";
  return new OakumError("locked", "locked", `"${target}" is being changed by ${by}.`, {
    hint: "Wait for it to end. The lock ends with its session: there is nothing to remove.",
    data: holder
      ? { target, pid: holder.pid, run: holder.run, since: rfc3339(holder.since) }
      : { target },
  });
}
