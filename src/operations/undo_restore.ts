import type { TargetName } from "../backups/manifest.ts";
import { sayingWhere } from "../core/interrupted.ts";
import { TargetLock } from "../postgres/locks.ts";
import { inMaintenance } from "../postgres/maintenance.ts";
import type { Sql } from "../postgres/connection.ts";
import type { ServerSession } from "../postgres/session.ts";
import type { UndoReport } from "../reports/restore.ts";
import type { Context } from "./context.ts";
import { openJournal, sayUnwritten, warned } from "./open_journal.ts";
import { findBound, judged, requireAllowed, requireNoPrepared } from "./restore/findings.ts";
import { findKept, keptLine } from "./restore/kept.ts";
import type { RestoreRequest } from "./restore/request.ts";
import { requireMayRename } from "./restore/rights.ts";
import { swapUnderLock } from "./restore/swap_in.ts";
import { asUnchanged } from "./restore/unchanged.ts";

/** What an undo is asked to be. */
export interface UndoRequest extends Pick<RestoreRequest, "dir" | "allow" | "services" | "dryRun"> {
  readonly target: TargetName;
}

/**
 * Swaps the database that the last restore replaced back into its place. The restored one is kept
 * in its turn, with all that was written since: a second undo swaps once more.
 */
export async function undoRestore(
  context: Context,
  session: ServerSession,
  request: UndoRequest,
): Promise<UndoReport> {
  const { clock, signal } = context;
  const { target, dryRun } = request;
  await using server = session.shielded();
  const journal = dryRun ? undefined : await openJournal(context, request);
  const beforeAnything = <T>(work: Promise<T>) =>
    sayingWhere(signal, () => "Nothing was changed.", work);
  const { kept, lives } = await beforeAnything(
    inMaintenance(server, (sql) => look(sql, request)),
  );
  const report = {
    target,
    database: target.database,
    wasKeptAs: kept.name,
    restart: request.services,
  };
  if (!journal) return { kind: "undo", dryRun, keptAs: null, endedSessions: 0, ...report };
  await beforeAnything(context.ask.confirm({
    text: `Put "${kept.name}" back in the place of "${target.database}"?`,
    details: [
      keptLine(kept, clock),
      "What was written since the restore stays in the database that is live now; it is kept.",
    ],
  }));

  await using lock = await beforeAnything(
    TargetLock.take(server, target.database, { clock, signal }),
  );
  try {
    const swapped = await swapUnderLock({ context, server, lock, journal }, {
      operation: "undo",
      live: target.database,
      winner: kept.name,
      keepsLive: lives,
    });
    return { kind: "undo", dryRun, ...report, ...swapped, ...warned(journal) };
  } catch (error) {
    sayUnwritten(context, journal);
    const replaces = lives ? { bytes: null } : null;
    throw asUnchanged(error, { database: target.database, replaces, roles: [] }, signal);
  }
}

async function look(sql: Sql, { target, allow }: UndoRequest) {
  const [kept] = await findKept(sql, target);
  for (const name of [kept.name, target.database]) await requireNoPrepared(sql, name);
  requireAllowed(judged(await findBound(sql, target.database), allow), allow);
  await requireMayRename(sql, [kept.name, target.database]);
  const [live] = await sql`select from pg_database where datname = ${target.database}`;
  return { kept, lives: live !== undefined };
}
