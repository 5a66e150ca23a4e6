import { messageOf, OakumError } from "../core/errors.ts";
import { interruptedWith, sayingWhere } from "../core/interrupted.ts";
import { count } from "../core/time.ts";
import type { Sql } from "../postgres/connection.ts";
import { TargetLock } from "../postgres/locks.ts";
import { inMaintenance } from "../postgres/maintenance.ts";
import { dropMarked } from "../postgres/marks.ts";
import type { ServerSession } from "../postgres/session.ts";
import type { FinalizeReport } from "../reports/restore.ts";
import type { Context } from "./context.ts";
import { openJournal, warned } from "./open_journal.ts";
import { journaled } from "./journaled.ts";
import { findBound, judged, requireAllowed, requireNoPrepared } from "./restore/findings.ts";
import { describeKept, findKept, type Kept, keptLine } from "./restore/kept.ts";
import { requireMayDrop } from "./restore/rights.ts";
import type { UndoRequest } from "./undo_restore.ts";

/** What a finalize is asked to be. */
export type FinalizeRequest = Omit<UndoRequest, "services">;

/** Drops what restores have kept; from here on there is no undo. */
export async function finalizeRestore(
  context: Context,
  session: ServerSession,
  request: FinalizeRequest,
): Promise<FinalizeReport> {
  const { clock, emit, signal, ask } = context;
  const { target, dryRun } = request;
  await using server = session.shielded();
  const journal = dryRun ? undefined : await openJournal(context, request);
  const beforeAnything = <T>(work: Promise<T>) =>
    sayingWhere(signal, () => "Nothing was dropped.", work);
  const find = () => beforeAnything(inMaintenance(server, (sql) => look(sql, request)));
  const kept = await find();
  const report = { kind: "finalize" as const, dryRun, target };
  if (!journal) return { ...report, dropped: kept.map(describeKept) };
  const question = {
    text: `Drop ${count(kept.length, "database")} that a restore has kept?`,
    details: [...kept.map((one) => keptLine(one, clock)), "There is no undo afterwards."],
  };
  await beforeAnything(ask.typeName(question, target.database));

  const taken = TargetLock.take(server, target.database, { clock, signal });
  await using _lock = await beforeAnything(taken);
  requireSame(kept, await find());
  const dropped: Kept[] = [];
  for (const one of kept) {
    if (signal.aborted) {
      throw interruptedWith(signal.reason, signal, soFar(dropped)) ?? signal.reason;
    }
    emit({ type: "step", step: "drop", text: `Dropping ${one.name}` });
    const step = { operation: "finalize", step: "drop", data: { database: one.name } } as const;
    if (await journaled(journal, step, () => drop(server, one))) dropped.push(one);
  }
  return { ...report, dropped: dropped.map(describeKept), ...warned(journal) };
}

function soFar(dropped: readonly Kept[]): string {
  if (dropped.length === 0) return "Nothing was dropped.";
  return `Dropped: ${dropped.map(({ name }) => name).join(", ")}. The rest is kept.`;
}

/** While a person was asked, an undo may have given one of them its name back: it is live then. */
function requireSame(agreed: readonly Kept[], now: readonly Kept[]): void {
  const gone = agreed.filter(({ name, oid }) =>
    !now.some((one) => one.name === name && one.oid === oid)
  ).map(({ name }) => name);
  if (gone.length === 0) return;
  throw new OakumError(
    "kept-changed",
    "refused",
    `Meanwhile ${gone.join(", ")} is not kept any more: nothing was dropped.`,
    { hint: "Look what is kept now: oakum status; then try again.", data: { databases: gone } },
  );
}

async function look(sql: Sql, { target, allow }: FinalizeRequest): Promise<Kept[]> {
  const kept = await findKept(sql, target);
  const bound = [];
  for (const { name } of kept) {
    await requireNoPrepared(sql, name);
    bound.push(...await findBound(sql, name));
  }
  // PostgreSQL never drops a database that subscribes; its slots go with it.
  const subscribes = bound.find(({ rule }) => rule === "subscription");
  if (subscribes) throw subscriptionsLeft(subscribes.text);
  requireAllowed(judged(bound, allow), allow);
  await requireMayDrop(sql, kept.map(({ name }) => name));
  return kept;
}

function subscriptionsLeft(text: string): OakumError {
  return new OakumError("subscription", "refused", text, {
    hint: "PostgreSQL drops no database that has some. In it: ALTER SUBSCRIPTION … DISABLE; " +
      "ALTER SUBSCRIPTION … SET (slot_name = NONE); DROP SUBSCRIPTION …;",
  });
}

async function drop(server: ServerSession, kept: Kept): Promise<boolean> {
  try {
    return await inMaintenance(server, (sql) => dropMarked(sql, kept), { lock: 60_000 });
  } catch (error) {
    throw new OakumError(
      "drop-failed",
      "failed",
      `"${kept.name}" could not be dropped: ${messageOf(error)}`,
      { hint: "It is kept as it was. Try again, as a superuser where rights are missing." },
    );
  }
}
