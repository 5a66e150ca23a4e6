import { sleep } from "../../core/time.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import { ProgramFailure } from "../../migrators/alembic/run_program.ts";
import type { Expectation, Migrator, StepOrder } from "../../migrators/migrator.ts";
import type { Sql } from "../../postgres/connection.ts";
import type { Context } from "../context.ts";
import { type Blocker, BlockerWatch } from "./blockers.ts";

/** What every step of a run is applied with. */
export interface Applying {
  readonly migrator: Migrator;
  readonly sql: Sql;
  readonly expect: Expectation;
  readonly lockTimeoutMs: number;
  /** How often a step that met a lock is tried again. */
  readonly retries: number;
}

/** How one step went. */
export interface Applied {
  readonly tookMs: number;
  readonly tries: number;
  readonly error: unknown;
  readonly blockers: readonly Blocker[];
}

/** SQLSTATE of a lock that was not had in time, and of a deadlock: the transaction did nothing. */
const WORTH_ANOTHER_TRY = new Set(["55P03", "40P01"]);

/** Applies one step; one that only met a lock is tried again, unless it may commit half of itself. */
export async function applyStep(
  context: Context,
  step: Step,
  applying: Applying,
): Promise<Applied> {
  await using watch = new BlockerWatch(applying.sql, context.emit);
  for (let tries = 1;; tries++) {
    const began = performance.now();
    const error = await tryStep(context, step, applying, watch);
    const tookMs = Math.round(performance.now() - began);
    const done = { tookMs, tries, error, blockers: watch.blockers };
    if (error === undefined || tries > applying.retries || !mayRetry(step, error)) return done;
    const pause = pauseMs(tries);
    context.emit({
      type: "note",
      text: `A lock was not to be had; trying again in ${Math.ceil(pause / 1000)} s`,
    });
    const slept = await sleep(pause, context.signal).then(() => true, () => false);
    if (!slept) return done;
  }
}

function tryStep(
  context: Context,
  { direction, revision, headsBefore }: Step,
  applying: Applying,
  watch: BlockerWatch,
): Promise<unknown> {
  const move = direction === "upgrade" ? { upgrade: revision.id } : { downgrade: revision.id };
  return tryMove(context, { move, heads: headsBefore }, applying, watch);
}

/** Has the tool make one move; answers with what it threw. No session of it is left behind. */
export async function tryMove(
  context: Context,
  move: Pick<StepOrder, "move" | "heads">,
  { migrator, sql, expect, lockTimeoutMs }: Omit<Applying, "retries">,
  watch: BlockerWatch,
): Promise<unknown> {
  const pids: number[] = [];
  const order = { ...move, lockTimeoutMs, expect };
  try {
    await migrator.step(order, (event) => {
      if (event.event !== "connect") return;
      pids.push(event.pid);
      watch.watch(pids);
    }, context.signal);
  } catch (error) {
    return error ?? new Error("the step failed");
  } finally {
    watch.watch([]);
    await endSessions(sql, pids);
  }
}

/** The program may be gone while its statement still runs on the server: what follows must not race. */
async function endSessions(sql: Sql, pids: readonly number[]): Promise<void> {
  for (let look = 0; look < 50 && pids.length > 0; look++) {
    const left = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where pid = any(${pids as number[]}::int[]) and application_name like 'oakum/%'`;
    if (left.length === 0) return;
    await sleep(100);
  }
}

function mayRetry({ revision }: Step, error: unknown): boolean {
  return error instanceof ProgramFailure && !revision.autocommit &&
    WORTH_ANOTHER_TRY.has(error.failure.sqlstate ?? "");
}

/** One to thirty seconds, doubling, with jitter, so that two waiters do not meet again and again. */
function pauseMs(tries: number): number {
  return Math.min(30_000, 1000 * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
}
