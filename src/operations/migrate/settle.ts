import { join } from "node:path";
import { z } from "zod";
import { appendEntry } from "../../backups/journal.ts";
import type { Intent, JournalEntry, StepOutcome } from "../../backups/journal_entry.ts";
import { readJournal, unfinished } from "../../backups/journal_read.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { JOURNAL } from "../../backups/names.ts";
import { targetPath } from "../../backups/target_path.ts";
import { ago, rfc3339 } from "../../core/time.ts";
import { TargetLock } from "../../postgres/locks.ts";
import type { Context } from "../context.ts";
import { openJournal } from "../open_journal.ts";
import { headsText, type Picture, sameHeads } from "./picture.ts";
import { requireEnded } from "./sessions.ts";
import type { Reached } from "./standing.ts";

const MOVES = ["upgrade", "downgrade", "stamp"];

/** What the intent of a move says that a later run needs. */
const move = z.object({
  revision: z.string().optional(),
  from: z.array(z.string()),
  to: z.array(z.string()),
  fingerprint: z.string().optional(),
  backup: z.string().nullish(),
});

/** A move that a run announced, and of which it did not write how it ended. */
export interface OpenMove {
  readonly intent: Intent;
  readonly said: z.infer<typeof move>;
  /** What a later run found in the version table; undefined where none has looked since. */
  readonly found: readonly string[] | undefined;
}

/** Where a journal is, and whether anything may be changed. */
export interface Settling {
  readonly dir: string;
  readonly target: TargetName;
  readonly dryRun: boolean;
}

/**
 * The moves during which other runs were cut off, oldest first. Whoever holds the lock was not; where
 * nobody does, nothing of those runs is left on the server when this returns.
 */
export async function deadMoves(
  { runId, clock, signal, emit }: Context,
  { session, database }: Reached,
  { dir, target, dryRun }: Settling,
): Promise<readonly OpenMove[]> {
  const open = await openMoves(dir, target, runId);
  if (open.length === 0) return [];
  if (dryRun) {
    const holder = await TargetLock.holder(session, database.name);
    if (holder === undefined) return open;
    emit({ type: "note", text: `Run ${holder} is changing the database right now` });
    return [];
  }
  await using _lock = await TargetLock.take(session, database.name, { clock, signal });
  const sql = session.sql(database.name, { max: 1 });
  const runs = new Set(open.map(({ intent }) => intent.run));
  for (const run of runs) await requireEnded(sql, run);
  await sql.end({ timeout: 5 });
  return open;
}

/** What became of the moves of dead runs. */
export interface Settled {
  /** One sentence for each. */
  readonly fates: readonly string[];
  /** The outcomes that the journal lacks: a dry run writes none. */
  readonly unwritten: readonly StepOutcome[];
}

/** Says of each move how it ended, and writes that into the journal where the run did not. */
export async function settle(
  context: Context,
  settling: Settling,
  dead: readonly OpenMove[],
  now: Picture,
): Promise<Settled> {
  const fates = dead.map((one) => fateOf(one, now, context.clock.now()));
  for (const text of fates) context.emit({ type: "warning", code: "run-cut-off", text });
  const outcomes = dead.map((one) => outcomeOf(context, one, now));
  if (settling.dryRun) return { fates, unwritten: outcomes };
  if (outcomes.length === 0) return { fates, unwritten: [] };
  const { path } = await openJournal(context, settling);
  for (const outcome of outcomes) await appendEntry(path, outcome);
  return { fates, unwritten: [] };
}

async function openMoves(
  dir: string,
  target: TargetName,
  runId: string,
): Promise<readonly OpenMove[]> {
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  return unfinished(entries).flatMap((intent) => {
    const said = move.safeParse(intent.data).data;
    if (!said || intent.run === runId || !MOVES.includes(intent.operation)) return [];
    return [{ intent, said, found: headsAfter(entries, intent) }];
  });
}

/** The next move began where this one ended. */
function headsAfter(entries: readonly JournalEntry[], intent: Intent): string[] | undefined {
  const next = entries.slice(entries.indexOf(intent) + 1).find((entry) =>
    entry.kind === "intent" && MOVES.includes(entry.operation)
  );
  return next && move.safeParse(next.data).data?.from;
}

/** What became of an open move, in one sentence. */
function fateOf({ intent, said, found }: OpenMove, now: Picture, today: Date): string {
  const { run, operation, at } = intent;
  const what = said.revision ? ` of ${said.revision}` : "";
  const heads = found ?? now.heads;
  return `Run ${run} did not see the end of its ${operation}${what}, ${
    ago(new Date(at), today)
  }: ` +
    `${ending(said, heads, found ? undefined : now)}.`;
}

function ending(
  { from, to, fingerprint, backup }: OpenMove["said"],
  heads: readonly string[],
  now: Picture | undefined,
): string {
  if (sameHeads(heads, to)) return `it was done, the database came to ${headsText(to)}`;
  if (!sameHeads(heads, from)) return `the database is at ${headsText(heads)} since`;
  if (!now || fingerprint === undefined || now.fingerprint.sha256 === fingerprint) {
    return `it was taken back, the database stayed at ${headsText(from)}`;
  }
  return `the database is still at ${headsText(from)}, but its schema is another one than before` +
    (backup ? ` (the backup from before is ${backup})` : "");
}

/** The outcome that the dead run did not write; it says who found it out. */
function outcomeOf(
  { clock, runId }: Context,
  { intent, said, found }: OpenMove,
  now: Picture,
): StepOutcome {
  const { v, run, id, operation, step } = intent;
  const heads = found ?? now.heads;
  // Found later: somebody may have changed the schema since, so it is not what the move made of it.
  const left = sameHeads(heads, now.heads) ? { left: now.fingerprint.sha256 } : {};
  const data = { heads: [...heads], settledBy: runId, ...left };
  const ok = sameHeads(heads, said.to);
  const at = rfc3339(clock.now());
  return { v, at, run, id, operation, step, kind: "outcome", ok, data };
}
