import { OakumError } from "../../core/errors.ts";
import type { Emit } from "../../core/events.ts";
import { duration } from "../../core/time.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import type { FailureReply } from "../../migrators/alembic/replies.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { Expectation, MigrationDatabase, Migrator } from "../../migrators/migrator.ts";
import type { Sql } from "../../postgres/connection.ts";
import type { MeasuredStep, StepFailure } from "../../reports/rehearsal.ts";
import { type Tried, tryMove } from "../migrate/apply.ts";
import { failureError } from "../migrate/failure.ts";
import { requireEnded } from "../migrate/sessions.ts";
import { judge } from "../migrate/verdict.ts";
import { deltasBetween } from "./deltas.ts";
import { died, hangs, isRevisions, notMoved, stepFailure } from "./failure_kinds.ts";
import { heldLocks, type Sighting } from "./lock_book.ts";
import { MoveRecord } from "./move_record.ts";
import { type CopyPicture, takeCopyPicture } from "./picture.ts";
import { ownStatements, tracedStatement } from "./statements.ts";

export type { CopyPicture } from "./picture.ts";

/** Connections to a copy's database. */
export interface CopyConnections {
  /** Three or more. */
  readonly sql: Sql;
  /** One that nobody else works on meanwhile. */
  readonly reader: Sql;
}

/** What a move is measured with. */
export interface MeasuringPlace {
  /** The same each time, until a revision ends them. */
  readonly connections: () => CopyConnections;
  readonly migrator: Migrator;
  readonly expect: Expectation;
  readonly table: MigrationDatabase["versionTable"];
  readonly emit: Emit;
  /** After which time a move counts as one that hangs. */
  readonly timeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly runId: string;
}

/** A move on the copy, measured as far as it came. */
export interface MeasuredMove {
  /** Null where it failed before it came to the revision. */
  readonly measured: MeasuredStep | null;
  /** Null where the version table moved as planned, and the tool says so. */
  readonly failure: StepFailure | null;
  /** The same as the tool told it; null where it was none of its own. */
  readonly told: FailureReply | null;
  readonly before: CopyPicture;
  readonly after: CopyPicture;
}

interface Ran {
  readonly tried: Tried;
  readonly record: MoveRecord;
  readonly sightings: readonly Sighting[];
  readonly tookMs: number;
  /** It was cut off since it came to no end. */
  readonly hung: boolean;
}

/**
 * Makes one move on a copy, and tells what it did there. A move that fails is an answer; what is
 * thrown says that nothing can be known: the copy is gone, or the app does not lead to it.
 */
export async function measureMove(
  place: MeasuringPlace,
  move: Step,
  signal: AbortSignal,
): Promise<MeasuredMove> {
  const before = await takeCopyPicture(place.connections().reader, place.table);
  signal.throwIfAborted();
  const ran = await run(place, move, signal);
  const after = await pictureAfter(place, ran, signal);
  const failure = failureOf(place, move, ran, { before, after });
  const { error } = ran.tried;
  const told = error instanceof ProgramFailure ? error.failure : null;
  return { measured: measured(place, ran, { before, after }), failure, told, before, after };
}

/** By other connections, where the revision has ended all sessions but its own. */
async function pictureAfter(
  { connections, table, runId }: MeasuringPlace,
  { tried: { left } }: Ran,
  signal: AbortSignal,
): Promise<CopyPicture> {
  for (let tries = 1;; tries++) {
    const { sql, reader } = connections();
    try {
      // A session that goes on could change what is about to be read.
      if (left?.length !== 0) await requireEnded(sql, runId);
      return await takeCopyPicture(reader, table);
    } catch (error) {
      signal.throwIfAborted();
      const now = connections();
      if (tries > 1 || now.sql === sql && now.reader === reader) throw error;
    }
  }
}

async function run(place: MeasuringPlace, move: Step, signal: AbortSignal): Promise<Ran> {
  const { direction, revision, headsBefore: heads } = move;
  const { emit, timeoutMs, connections } = place;
  const patience = new AbortController();
  const timer = setTimeout(() => {
    const text = `${revision.id} has not ended after ${duration(timeoutMs)}; cutting it off`;
    emit({ type: "note", text });
    patience.abort(new Error("it took too long"));
  }, timeoutMs);
  await using record = new MoveRecord(() => connections().sql, revision.autocommit);
  const order = { move: { [direction]: revision.id } as Direction, heads, measure: true };
  const began = performance.now();
  try {
    const both = AbortSignal.any([signal, patience.signal]);
    const tried = await tryMove(
      { signal: both },
      order,
      { ...place, sql: connections().sql },
      record,
    );
    const tookMs = record.tookMs ?? performance.now() - began;
    const cutOff = tried.error !== undefined && !(tried.error instanceof ProgramFailure);
    const hung = patience.signal.aborted && cutOff;
    return { tried, record, sightings: await record.sightings(), tookMs, hung };
  } finally {
    clearTimeout(timer);
  }
}

type Direction = { readonly upgrade: string } | { readonly downgrade: string };

interface Pictures {
  readonly before: CopyPicture;
  readonly after: CopyPicture;
}

function measured(
  { table }: MeasuringPlace,
  { tried: { trace }, record: { events }, sightings, tookMs }: Ran,
  { before, after }: Pictures,
): MeasuredStep | null {
  if (!trace.begun) return null;
  const statements = ownStatements(events).map(tracedStatement);
  const versionTable = table.foundIn === null ? null : `${table.foundIn}.${table.name}`;
  return {
    tookMs: Math.round(tookMs),
    statements,
    locks: heldLocks(events, sightings, before.relations),
    ...deltasBetween(before, after, { versionTable, statements }),
    committedInside: trace.committedInside,
  };
}

function failureOf(
  { timeoutMs }: MeasuringPlace,
  move: Step,
  { tried, record, hung }: Ran,
  { before, after }: Pictures,
): StepFailure | null {
  const { error } = tried;
  if (hung) return hangs(record.events, timeoutMs);
  if (error instanceof ProgramFailure) {
    if (isRevisions(error.failure)) return stepFailure(error.failure, move);
    throw failureError(`Rehearsing ${move.revision.id}`, error);
  }
  // Python that was killed has come to what the revision asked of it: too much memory, or its end.
  if (error instanceof OakumError && error.code === "program-died") {
    return died(error, record.events);
  }
  if (error !== undefined) throw error;
  const settled = { ...tried, left: [] };
  return judge(move, settled, before, after) === "applied" ? null : notMoved(move, after.heads);
}
