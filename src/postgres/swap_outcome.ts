import { OakumError } from "../core/errors.ts";
import { sleep } from "../core/time.ts";
import type { Sql } from "./connection.ts";
import { inMaintenance } from "./maintenance.ts";
import { ServerSession } from "./session.ts";

/** What tells after a swap whether it was committed. */
export interface SwapSight {
  /** The name that was fought for. */
  readonly live: string;
  /** The oid of the database that was to take it. */
  readonly winner: string;
}

const POLL_MS = 500;

/** Whether the winner has the name, as far as the connections of the swap itself still tell. */
export async function hasWon(sql: Sql, { live, winner }: SwapSight): Promise<boolean | undefined> {
  try {
    await waitForRename(sql, winner);
    const [row] = await sql<{ oid: string }[]>`
      select oid::text as oid from pg_database where datname = ${live}`;
    return row?.oid === winner;
  } catch {
    return undefined;
  }
}

/**
 * The same through a new session: where the connections went with COMMIT on its way, the swap may be
 * done or not. Undefined where the server does not say in time.
 */
export async function hasWonAnew(
  { sidecar: { engine }, server, runId }: ServerSession,
  sight: SwapSight,
  patienceMs: number,
): Promise<boolean | undefined> {
  const began = performance.now();
  while (performance.now() - began < patienceMs) {
    try {
      // Under a name of its own: the first one may still be there.
      await using session = await ServerSession.open(engine, server, `${runId}again`);
      const won = await inMaintenance(session, (sql) => hasWon(sql, sight));
      if (won !== undefined) return won;
    } catch {
      // Not up yet, or not again: that is what the patience is for.
    }
    await sleep(POLL_MS);
  }
  return undefined;
}

/** A server that has lost us may still be at the COMMIT: then the renamer's lock is still there. */
async function waitForRename(sql: Sql, winner: string): Promise<void> {
  const began = performance.now();
  for (;;) {
    const [row] = await sql<{ busy: boolean }[]>`
      select exists (select from pg_locks
        where locktype = 'object' and classid = 'pg_database'::regclass and granted
          and objid = ${winner}::oid and mode = 'AccessExclusiveLock') as busy`;
    if (!row?.busy) return;
    if (performance.now() - began > RENAMER_MS) throw new Error("The rename has not ended.");
    await sleep(POLL_MS);
  }
}

const RENAMER_MS = 10_000;

/** Neither the swap nor a look afterwards was answered. */
export function swapUnknown(live: string, cause: unknown): OakumError {
  return new OakumError(
    SWAP_UNKNOWN,
    "changed",
    `The server went while another database was given the name "${live}", and does not say whether ` +
      "it has got it.",
    {
      hint: "When the server is up again, look which one it is: oakum status",
      data: { database: live },
      cause,
    },
  );
}

const SWAP_UNKNOWN = "swap-unknown";

/** Whether after this error nobody knows if the swap was committed. */
export function isSwapUnknown(error: unknown): boolean {
  return error instanceof OakumError && error.code === SWAP_UNKNOWN;
}
