import type { Journal, OpenStep } from "../../backups/journal.ts";
import type { JournalData } from "../../backups/journal_entry.ts";
import type { OakumError } from "../../core/errors.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import type { TargetLock } from "../../postgres/locks.ts";
import type { MigratedStep } from "../../reports/migration.ts";
import type { Context } from "../context.ts";
import { type Applied, type Applying, applyStep } from "./apply.ts";
import { lookAgain, type Sight } from "./look_again.ts";
import type { Picture } from "./picture.ts";
import { describeSteps } from "./plan.ts";
import { recordOutcome } from "./record.ts";
import { type Comparison, differsError } from "./as_rehearsed.ts";
import { type Goal, type Stop, stopError } from "./stands.ts";
import { judge, type Verdict } from "./verdict.ts";

/** What a run moves a database with. */
export interface Run {
  readonly context: Context;
  readonly applying: Applying;
  readonly sight: Sight;
  readonly lock: TargetLock;
  readonly journal: Journal;
  readonly graph: RevisionGraph;
  readonly goal: Goal;
  /** The database before the first step. */
  readonly before: Picture;
  /** The id of the backup that was taken before. */
  readonly backup: string | null;
  /** What the journal is told of the run as a whole, with its first step. */
  readonly said?: JournalData;
  /** What the rehearsal saw each step do; nothing is compared without one. */
  readonly rehearsed?: Comparison | undefined;
  /** Called after each step that was applied, before the next one. */
  readonly onApplied?: (() => Promise<void>) | undefined;
}

/** How far a run came. */
export interface Advanced {
  readonly steps: readonly MigratedStep[];
  /** Undefined where it came to its end. */
  readonly stopped: Stopped | undefined;
}

/** Where a run stopped, and what is to be said of it. */
export interface Stopped {
  readonly stop: Stop;
  readonly error: OakumError;
}

/** A step that did not begin, and why. */
interface NotBegun {
  readonly begun: false;
  readonly error: unknown;
}

/** A step that was begun, and what became of it. */
export interface Begun {
  readonly begun: true;
  readonly applied: Applied;
  readonly verdict: Verdict;
  /** The database after it; undefined where nobody could look, `blind` says why. */
  readonly now: Picture | undefined;
  readonly blind: unknown;
}

/** How a step ended. */
export type StepEnd = NotBegun | Begun;

/** Takes one step after the other; throws an `OakumError` that says where the database stands. */
export async function advance(run: Run, steps: readonly Step[]): Promise<readonly MigratedStep[]> {
  const { steps: done, stopped } = await tryToAdvance(run, steps);
  if (stopped) throw stopped.error;
  return done;
}

/** The same for who goes on after a step that failed. */
export async function tryToAdvance(run: Run, steps: readonly Step[]): Promise<Advanced> {
  const told = describeSteps(steps);
  let before = run.before;
  for (const [at, step] of steps.entries()) {
    const end = await takeStep(run, step, before, at === 0 ? run.said : undefined);
    if (end.begun) told[at] = { ...told[at]!, ...tell(end) };
    const stop = { ...run, step, end, beforeStep: before, steps: told };
    if (!end.begun || end.verdict !== "applied" || !end.now || end.applied.error !== undefined) {
      return { steps: told, stopped: { stop, error: stopError(stop) } };
    }
    await run.onApplied?.();
    const differences = run.rehearsed?.(step, before, end.now);
    if (differences) {
      return { steps: told, stopped: { stop, error: differsError(stop, differences) } };
    }
    before = end.now;
  }
  return { steps: told, stopped: undefined };
}

async function takeStep(
  run: Run,
  step: Step,
  before: Picture,
  said: JournalData = {},
): Promise<StepEnd> {
  const { context, applying, sight } = run;
  let intent: OpenStep;
  try {
    intent = await announce(run, step, before, said);
  } catch (error) {
    return { begun: false, error };
  }
  const applied = await applyStep(context, step, applying);
  const { picture: now, why: blind } = await lookAgain(context, applying.sql, sight, applied);
  const verdict = judge(step, applied, before, now);
  // What is not known is left to the next run.
  if (now && verdict !== "unknown") {
    await recordOutcome(intent, verdict === "applied", now);
  }
  return { begun: true, applied, verdict, now, blind };
}

async function announce(
  run: Run,
  step: Step,
  before: Picture,
  said: JournalData,
): Promise<OpenStep> {
  const { context: { signal, emit }, lock, journal, backup } = run;
  const { direction, revision: { id, sha256, codeSha256 = null, doc }, headsBefore, headsAfter } =
    step;
  signal.throwIfAborted();
  await lock.assertHeld();
  const verb = direction === "upgrade" ? "Applying" : "Undoing";
  emit({ type: "step", step: direction, text: `${verb} ${id} ${doc}`.trimEnd() });
  return await journal.begin(direction, "apply", {
    ...{ revision: id, sha256, codeSha256, from: [...headsBefore], to: [...headsAfter] },
    ...{ fingerprint: before.fingerprint.sha256, backup },
    ...said,
  });
}

function tell({ applied: { tookMs, tries }, verdict }: Begun): Partial<MigratedStep> {
  const state = verdict === "applied" || verdict === "unknown" ? verdict : "failed";
  return { state, tookMs, tries };
}
