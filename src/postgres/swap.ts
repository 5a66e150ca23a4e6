import { OakumError } from "../core/errors.ts";
import { sleep } from "../core/time.ts";
import { type ReservedSql, type Sql, sqlState } from "./connection.ts";
import { type Mark, markDatabase, unmarkDatabase } from "./marks.ts";
import { openMaintenance } from "./maintenance.ts";
import type { ServerSession } from "./session.ts";
import { execute } from "./statement.ts";
import { hasWon, hasWonAnew, swapUnknown } from "./swap_outcome.ts";
import { rollBack } from "./held.ts";

/** One exchange of names. */
export interface Swap {
  /** The name that both want. */
  readonly live: string;
  /** The database that takes the name; its sessions are ended too. */
  readonly winner: string;
  /** The name that the live one is kept under; undefined where there is no live one. */
  readonly keepAs: string | undefined;
  /** What the kept one is marked with. */
  readonly mark: Mark;
}

/** What a swap did to others. */
export interface SwapResult {
  /** Sessions that were ended so that the names could change. */
  readonly endedSessions: number;
}

/** Hears of each state of the swap: tests stop here. */
export type OnSwapState = (state: "renaming" | "renamed" | "committed") => void;

/**
 * How often each obstacle is tried again. While a rename waits nobody gets into the database, and for
 * sessions that do not go it waits five seconds by itself.
 */
const ATTEMPTS: Readonly<Record<string, number>> = {
  "55006": 2, // object_in_use: somebody whom we may not end
  "55P03": 5, // lock_not_available
  "40P01": 5, // deadlock_detected
};
const LOCK_WAIT_MS = 3_000;
const POLL_MS = 20;
/** How long a server that went in the COMMIT is waited for. */
const PATIENCE_MS = 30_000;

/**
 * Exchanges names in one transaction. While a rename holds the lock on its database, nobody new
 * gets in; only then the sessions inside are ended, from a second connection: ended earlier, they
 * would be back before the rename. Killed anywhere in here, the server rolls both renames back.
 */
export async function swapDatabases(
  session: ServerSession,
  swap: Swap,
  onState: OnSwapState = () => {},
  patienceMs = PATIENCE_MS,
): Promise<SwapResult> {
  const sql = await openMaintenance(session, {
    max: 2,
    lock: LOCK_WAIT_MS,
    besides: swap.live,
  });
  const ended = new Set<number>();
  try {
    const sight = { live: swap.live, winner: (await oidsOf(sql, swap)).winner };
    for (let attempt = 1;; attempt++) {
      let committing = false;
      const tell: OnSwapState = (state) => {
        committing = state !== "renaming";
        onState(state);
      };
      try {
        await attemptSwap(sql, swap, ended, tell);
        return { endedSessions: ended.size };
      } catch (error) {
        // The answer to COMMIT may be lost on the way: only the catalog knows.
        const won = committing &&
          (await hasWon(sql, sight) ?? await hasWonAnew(session, sight, patienceMs));
        if (won === undefined) throw swapUnknown(swap.live, error);
        if (won) return { endedSessions: ended.size };
        const changed = changedMeanwhile(swap, error);
        if (changed) throw changed;
        const attempts = ATTEMPTS[sqlState(error) ?? ""];
        if (attempts === undefined) throw error;
        if (attempt >= attempts) throw await stillBusy(sql, swap, error);
        await sleep(200 + Math.random() * 300);
      }
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function attemptSwap(
  sql: Sql,
  { live, winner, keepAs, mark }: Swap,
  ended: Set<number>,
  onState: OnSwapState,
): Promise<void> {
  const held = await sql.reserve();
  try {
    await held`begin`;
    if (keepAs !== undefined) await rename(sql, held, live, keepAs, ended, onState);
    await rename(sql, held, winner, live, ended, onState);
    if (keepAs !== undefined) await markDatabase(held, keepAs, mark);
    await unmarkDatabase(held, live);
    onState("renamed");
    await held`commit`;
    onState("committed");
  } catch (error) {
    await rollBack(held);
    throw error;
  } finally {
    held.release();
  }
}

async function rename(
  sql: Sql,
  held: ReservedSql,
  from: string,
  to: string,
  ended: Set<number>,
  onState: OnSwapState,
): Promise<void> {
  const [me] = await held<{ pid: number }[]>`select pg_backend_pid() as pid`;
  onState("renaming");
  let done = false;
  const renaming = execute(held, "alter database %I rename to %I", from, to).finally(() => {
    done = true;
  });
  const ending = (async () => {
    while (!done) {
      for (const pid of await endSessions(sql, from, me!.pid)) ended.add(pid);
      await sleep(POLL_MS);
    }
  })();
  await Promise.all([renaming, ending]);
}

/**
 * Ends what is in the database, once `renamer` holds its lock; answers with those that are not our
 * own. A session that this user may not end, a superuser's, stays, and the rename says so.
 */
async function endSessions(sql: Sql, database: string, renamer: number): Promise<number[]> {
  const rows = await sql<{ pid: number; mine: boolean }[]>`
    select a.pid, a.application_name = current_setting('application_name') as mine
    from pg_stat_activity a join pg_database d on d.oid = a.datid
    where d.datname = ${database} and a.pid <> pg_backend_pid()
      and exists (select from pg_locks l where l.pid = ${renamer} and l.granted
        and l.locktype = 'object' and l.classid = 'pg_database'::regclass and l.objid = d.oid
        and l.mode = 'AccessExclusiveLock')`;
  for (const { pid } of rows) {
    await sql`select pg_terminate_backend(${pid})`.catch((error) => {
      if (sqlState(error) !== "42501") throw error;
    });
  }
  return rows.filter(({ mine }) => !mine).map(({ pid }) => pid);
}

async function oidsOf(sql: Sql, { winner }: Swap): Promise<{ winner: string }> {
  const [row] = await sql<{ oid: string }[]>`
    select oid::text as oid from pg_database where datname = ${winner}`;
  if (row) return { winner: row.oid };
  throw new OakumError("database-gone", "unchanged", `The database "${winner}" is gone.`, {
    hint: "Somebody dropped or renamed it meanwhile. Look what is there: oakum status",
  });
}

/** Somebody else has dropped, renamed or made one of the databases while the copy was loaded. */
function changedMeanwhile({ live, winner, keepAs }: Swap, cause: unknown): OakumError | undefined {
  const state = sqlState(cause);
  if (state !== "3D000" && state !== "42P04") return undefined;
  const { message } = cause as Error;
  // Three names are at stake, and the server's message has the one that it is about.
  const database = [keepAs, winner].find((name) => message.includes(`"${name}"`)) ?? live;
  const how = state === "42P04" ? "made" : "dropped or renamed";
  return new OakumError(
    "database-changed",
    "unchanged",
    `Somebody has ${how} the database "${database}" meanwhile: ${message}.`,
    {
      hint: "Look what is there: oakum status; then try again.",
      data: { database },
      cause,
    },
  );
}

async function stillBusy(sql: Sql, { live, winner }: Swap, cause: unknown): Promise<OakumError> {
  const sessions = await sql<{ pid: number; who: string; what: string }[]>`
    select a.pid, coalesce(a.usename, a.backend_type) as who,
      coalesce(nullif(a.application_name, ''), a.backend_type) as what
    from pg_stat_activity a where a.datname in (${live}, ${winner}) order by a.pid limit 5`;
  const by = sessions.map(({ pid, who, what }) => `process ${pid} (${who}, ${what})`).join(", ");
  const message = (cause as Error).message;
  return new OakumError(
    "database-busy",
    "unchanged",
    `"${live}" could not be renamed: ${message}${by ? `; in it: ${by}` : ""}.`,
    {
      hint: "Stop what keeps coming back, or use a superuser, who may end every session; " +
        "the live database is as it was.",
      data: { sessions: sessions.map(({ pid, who, what }) => ({ pid, who, what })) },
      cause,
    },
  );
}
