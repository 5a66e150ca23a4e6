import type { Journal } from "../../backups/journal.ts";
import { keptName } from "../../postgres/database_name.ts";
import type { TargetLock } from "../../postgres/locks.ts";
import { inMaintenance } from "../../postgres/maintenance.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { swapDatabases } from "../../postgres/swap.ts";
import { isSwapUnknown } from "../../postgres/swap_outcome.ts";
import type { Context } from "../context.ts";
import { journaled } from "../journaled.ts";

/** What a swap is done with. */
export interface SwapMeans {
  readonly context: Context;
  readonly server: ServerSession;
  readonly lock: TargetLock;
  readonly journal: Journal;
}

/** What is swapped. */
export interface SwapWish {
  readonly operation: "restore" | "undo";
  readonly live: string;
  /** The database that takes the live one's name. */
  readonly winner: string;
  /** Whether there is a live one, which then is kept. */
  readonly keepsLive: boolean;
  /** Called right before it; where it throws, nothing is swapped. */
  readonly beforeSwap?: (() => Promise<void>) | undefined;
  /** Called as soon as the new state is certain. */
  readonly onCommit?: () => void;
}

/** Swaps under the target's lock, with intent and outcome in the journal. */
export async function swapUnderLock(
  { context, server, lock, journal }: SwapMeans,
  { operation, live, winner, keepsLive, beforeSwap, onCommit }: SwapWish,
): Promise<{ keptAs: string | null; endedSessions: number }> {
  const { clock, emit, runId, signal } = context;
  emit({ type: "step", step: "swap", text: `Giving "${winner}" the name "${live}"` });
  await lock.assertHeld();
  signal.throwIfAborted();
  const at = clock.now();
  const keepAs = keepsLive ? keptName(live, at, await databaseNames(server)) : undefined;
  const mark = { run: runId, purpose: "before" as const, of: live, at };
  const data = { database: live, winner, keptAs: keepAs ?? null };
  await lock.moveAwayFrom(live, { clock });
  await beforeSwap?.();
  const intent = { operation, step: "swap", data, isUnknown: isSwapUnknown };
  return await journaled(journal, intent, async () => {
    const { endedSessions } = await swapDatabases(
      server,
      { live, winner, keepAs, mark },
      (state) => emit({ type: "progress", step: "swap", item: state }),
    );
    onCommit?.();
    return { keptAs: keepAs ?? null, endedSessions };
  });
}

async function databaseNames(server: ServerSession): Promise<Set<string>> {
  return await inMaintenance(server, async (sql) => {
    const rows = await sql<{ datname: string }[]>`select datname from pg_database`;
    return new Set(rows.map(({ datname }) => datname));
  });
}
