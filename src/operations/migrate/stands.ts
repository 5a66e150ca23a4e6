import { messageOf, OakumError, type Outcome } from "../../core/errors.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import { differenceText, schemaDifferences } from "../../postgres/fingerprint.ts";
import type { MigratedStep } from "../../reports/migration.ts";
import type { Context } from "../context.ts";
import type { Begun, StepEnd } from "./advance.ts";
import { blockerText } from "./blockers.ts";
import { failureData, failureLines, failureMessage, metLock } from "./failure.ts";
import { mend } from "./mend.ts";
import { headsText, newInvalidIndexes, type Picture } from "./picture.ts";

/** All that is known when a run stops before its end. */
export interface Stop {
  readonly context: Pick<Context, "signal">;
  readonly graph: RevisionGraph;
  /** Where the run was to go, as it was typed and as the version table would say. */
  readonly goal: Goal;
  /** The step that the run stopped at. */
  readonly step: Step;
  readonly end: StepEnd;
  /** The database before the run, and before the step. */
  readonly before: Picture;
  readonly beforeStep: Picture;
  readonly steps: readonly MigratedStep[];
  readonly backup: string | null;
}

/** Where a run is to go. */
export interface Goal {
  readonly typed: string;
  readonly heads: readonly string[];
}

/** The error that says what failed, where the database stands, and the one command that mends it. */
export function stopError(stop: Stop): OakumError {
  const { end, step, before, steps, backup } = stop;
  const error = errorOf(end);
  const failure = error instanceof ProgramFailure ? error.failure : undefined;
  const lines = [title(stop), ...place(end), ...standing(stop)];
  return new OakumError(codeOf(stop), outcomeOf(stop), lines.join("\n"), {
    hint: mend(stop),
    data: {
      revision: step.revision.id,
      verdict: end.begun ? end.verdict : "not-begun",
      heads: headsNow(stop) ?? null,
      headsBefore: before.heads,
      steps,
      backup,
      failure: failure ? failureData(failure) : null,
      blockers: end.begun ? end.applied.blockers : [],
    },
    ...(error === undefined ? {} : { cause: error }),
  });
}

/** What was thrown where the run stopped; undefined where the tool said that all was well. */
export function errorOf(end: StepEnd): unknown {
  return end.begun ? end.applied.error : end.error;
}

/** Whether a step before this one was applied, by this run. */
export function hasAdvanced({ steps }: Stop): boolean {
  return steps.some(({ state }) => state === "applied");
}

/** Whether somebody else moved the database before the step could begin. */
export function movedBefore({ end }: Stop): boolean {
  const error = errorOf(end);
  return error instanceof ProgramFailure && error.failure.kind === "moved";
}

function codeOf(stop: Stop): string {
  const { end, context } = stop;
  const error = errorOf(end);
  if (context.signal.aborted) return "interrupted";
  if (error instanceof ProgramFailure) {
    return error.failure.kind === "migration" ? "migration-failed" : error.failure.kind;
  }
  if (error instanceof OakumError) return error.code;
  return "step-failed";
}

function outcomeOf(stop: Stop): Exclude<Outcome, "done"> {
  const { end, context } = stop;
  if (hasAdvanced(stop)) return "changed";
  if (movedBefore(stop)) return "refused";
  if (end.begun && end.verdict !== "as-before") return "changed";
  return context.signal.aborted ? "interrupted" : "unchanged";
}

function headsNow({ end, beforeStep }: Stop): readonly string[] | undefined {
  return end.begun ? end.now?.heads : beforeStep.heads;
}

function title({ step, end, context }: Stop): string {
  const what = stepText(step);
  const error = errorOf(end);
  const done = end.begun && end.verdict === "applied";
  if (context.signal.aborted) {
    return `Interrupted ${end.begun ? done ? "at the end of" : "during" : "before"} ${what}.`;
  }
  if (error === undefined) {
    return `${capital(what)} ended without an error, but the database says otherwise.`;
  }
  if (!end.begun) return `Stopped before ${what}: ${said(error)}`;
  if (done) return `${capital(what)} is done, but not what comes after it: ${said(error)}`;
  return `${capital(what)} failed: ${said(error)}`;
}

/** `the upgrade of 4f1c09ab (move addresses)`. */
export function stepText({ revision: { id, doc }, direction }: Step): string {
  return `the ${direction} of ${doc ? `${id} (${doc})` : id}`;
}

function said(error: unknown): string {
  return error instanceof ProgramFailure ? failureMessage(error.failure) : messageOf(error);
}

/** The migration's own line, what the server said beside its message, and who was in the way. */
function place(end: StepEnd): string[] {
  const error = errorOf(end);
  const lines = error instanceof ProgramFailure ? failureLines(error.failure) : [];
  if (!end.begun) return lines;
  const waited = metLock(error) ? end.applied.blockers.slice(0, 1) : [];
  return [...lines, ...waited.map((blocker) => `It waited for ${blockerText(blocker)}.`)];
}

/** Where the database stands, a line each. */
export function standing(stop: Stop): string[] {
  const { end, step, steps, backup, beforeStep } = stop;
  const heads = headsNow(stop);
  const untouched = !end.begun || end.verdict === "as-before";
  if (untouched && !hasAdvanced(stop) && !movedBefore(stop)) {
    return [`The database is as it was, at ${headsText(beforeStep.heads)}.`];
  }
  const done = step.direction === "upgrade" ? "Applied" : "Undone";
  const of = (state: MigratedStep["state"]) =>
    steps.filter((one) => one.state === state).map(({ revision }) => revision).join(", ");
  return [
    ...(heads ? [`The database is at ${headsText(heads)}.`] : []),
    ...(of("applied") ? [`${done}: ${of("applied")}.`] : []),
    ...(end.begun ? became(end, stop) : []),
    ...(of("pending") ? [`Not run: ${of("pending")}.`] : []),
    ...(backup ? [`Backup from before: ${backup}.`] : []),
  ];
}

/** What became of the step that was begun last. */
function became({ verdict, now, blind, applied }: Begun, { step, beforeStep }: Stop): string[] {
  const { id } = step.revision;
  switch (verdict) {
    case "applied":
      return [];
    case "as-before":
      return [`Nothing of ${id} is left in the database.`];
    case "elsewhere":
      return [`That is neither before nor after ${id}: somebody else moved the version table.`];
    case "partly": {
      const changes = now ? schemaDifferences(beforeStep.fingerprint, now.fingerprint) : [];
      const lines = [
        ...changes.slice(0, MOST_CHANGES).map(differenceText),
        ...(changes.length > MOST_CHANGES ? [`and ${changes.length - MOST_CHANGES} more`] : []),
        ...(now ? newInvalidIndexes(beforeStep, now) : []).map((name) =>
          `index ${name} is invalid`
        ),
      ];
      return lines.length > 0
        ? [`A part of ${id} is left in the database:`, ...lines.map((line) => `  ${line}`)]
        : [`A part of ${id} was committed: its tables are as they were, but rows may not be.`];
    }
    case "unknown":
      return applied.left?.length
        ? [
          `Whether ${id} is in the database is not known: server process ${
            applied.left.join(", ")
          } does not end.`,
        ]
        : [`Whether ${id} is in the database is not known, nobody could look: ${messageOf(blind)}`];
  }
}

const MOST_CHANGES = 5;

/** With a capital letter at its beginning. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
