import { sleep } from "../../core/time.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import type { Expectation, Migrator, StepEvent, StepOrder } from "../../migrators/migrator.ts";
import type { Sql } from "../../postgres/connection.ts";
import type { Context } from "../context.ts";
import { type Blocker, BlockerWatch } from "./blockers.ts";
import { metLock } from "./failure.ts";
import { endSessions } from "./sessions.ts";
import { StepTrace } from "./trace.ts";

/** What every move of a run is made with. */
export interface Moving {
  readonly migrator: Migrator;
  /** Connections that the run's signal does not end. */
  readonly sql: Sql;
  readonly expect: Expectation;
  readonly lockTimeoutMs: number;
}

/** What every step of a run is applied with. */
export interface Applying extends Moving {
  /** How often a step that met a lock is tried again. */
  readonly retries: number;
}

/** How one move went. */
export interface Tried {
  /** What the tool threw; undefined where it says that all is well. */
  readonly error: unknown;
  readonly trace: StepTrace;
  /** Backends of the app's that would not end; undefined where nobody could see to that. */
  readonly left: readonly number[] | undefined;
}

/** How one step went, with all its tries. */
export interface Applied extends Tried {
  readonly tookMs: number;
  readonly tries: number;
  readonly blockers: readonly Blocker[];
}

/** Applies one step; one that only met a lock is tried again, unless it may commit half of itself. */
export async function applyStep(
  context: Context,
  step: Step,
  applying: Applying,
): Promise<Applied> {
  await using watch = new BlockerWatch(applying.sql, context.emit, applying.lockTimeoutMs);
  const { direction, revision: { id } } = step;
  const move = direction === "upgrade" ? { upgrade: id } : { downgrade: id };
  for (let tries = 1;; tries++) {
    const began = performance.now();
    const tried = await tryMove(context, { move, heads: step.headsBefore }, applying, watch);
    const tookMs = Math.round(performance.now() - began);
    const again = tries <= applying.retries && mayRetry(step, tried) &&
      await pause(context, tries);
    if (!again) return { ...tried, tookMs, tries, blockers: watch.blockers };
  }
}

/** Whoever looks on while a move is made. */
export interface Onlooker {
  /** The backends that it works in; none once it has ended. */
  watch(pids: readonly number[]): void;
  /** Hears all that the tool tells. */
  hear?(event: StepEvent): void;
}

/** Has the tool make one move, and ends what of its sessions is left on the server. */
export async function tryMove(
  { signal }: Pick<Context, "signal">,
  move: Pick<StepOrder, "move" | "heads" | "measure">,
  { migrator, sql, expect, lockTimeoutMs }: Moving,
  watch: Onlooker,
): Promise<Tried> {
  const trace = new StepTrace();
  const order = { ...move, lockTimeoutMs, expect };
  const listen = (event: StepEvent) => {
    trace.take(event);
    watch.watch(trace.pids);
    watch.hear?.(event);
  };
  const error = await migrator.step(order, listen, signal).then(
    () => undefined,
    (thrown) => thrown ?? new Error("the step failed"),
  );
  watch.watch([]);
  const { application } = migrator;
  // A server that went away has taken its sessions along; but the way to it may be all that went.
  const left = await endSessions(sql, { application, pids: trace.pids }).catch(() => undefined);
  return { error, trace, left };
}

function mayRetry({ revision }: Step, { error, trace, left }: Tried): boolean {
  return metLock(error) && left?.length === 0 && !revision.autocommit && !trace.committedInside;
}

/**
 * Waits one to thirty seconds, doubling, with jitter, so that two waiters do not meet again and
 * again. Answers whether it came to its end.
 */
function pause({ emit, signal }: Context, tries: number): Promise<boolean> {
  const milliseconds = Math.min(30_000, 1000 * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
  const text = `A lock was not to be had; trying again in ${Math.ceil(milliseconds / 1000)} s`;
  emit({ type: "note", text });
  return sleep(milliseconds, signal).then(() => true, () => false);
}
