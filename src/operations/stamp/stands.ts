import { messageOf, OakumError } from "../../core/errors.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import { type Blocker, blockerText } from "../migrate/blockers.ts";
import { adviceOn } from "../migrate/causes.ts";
import { failureData, failureLines, failureMessage } from "../migrate/failure.ts";
import { headsText, sameHeads } from "../migrate/picture.ts";

/** All that is known when a stamp did not do what it was to do. */
export interface StampStop {
  /** Undefined where the tool said that all was well. */
  readonly error: unknown;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** What the version table holds now; undefined where nobody could look, `blind` says why. */
  readonly now: readonly string[] | undefined;
  readonly blind: unknown;
  readonly blockers: readonly Blocker[];
  readonly signal: AbortSignal;
}

/** The error that says why a stamp failed and what the version table holds. */
export function stampError(stop: StampStop): OakumError {
  const { error, from, to, now, blockers } = stop;
  const unchanged = now !== undefined && sameHeads(from, now);
  const failure = error instanceof ProgramFailure ? error.failure : undefined;
  const lines = [
    titleOf(stop),
    ...(failure ? failureLines(failure) : []),
    ...blockers.slice(0, 1).map((blocker) => `It waited for ${blockerText(blocker)}.`),
    standing(stop),
  ];
  return new OakumError("stamp-failed", unchanged ? "unchanged" : "changed", lines.join("\n"), {
    hint: nextOf(stop),
    data: { from, to, now: now ?? null, failure: failure ? failureData(failure) : null },
    cause: error,
  });
}

function titleOf({ error, signal }: StampStop): string {
  if (signal.aborted) return "Interrupted during the stamp.";
  if (error instanceof ProgramFailure) return `The stamp failed: ${failureMessage(error.failure)}`;
  if (error !== undefined) return `The stamp failed: ${messageOf(error)}`;
  return "The stamp ended without an error, but the database says otherwise.";
}

function standing({ from, to, now, blind }: StampStop): string {
  if (!now) return `What the version table says is not known: ${messageOf(blind)}`;
  if (sameHeads(from, now)) return `The version table is as it was, at ${headsText(from)}.`;
  if (sameHeads(to, now)) return `The stamp is done: the version table says ${headsText(to)}.`;
  return `The version table says ${headsText(now)}; before it said ${headsText(from)}.`;
}

function nextOf({ error, from, to, now }: StampStop): string {
  if (!now) return "See what it says as soon as the database answers: oakum current";
  if (sameHeads(from, now)) {
    const advice = error instanceof ProgramFailure ? adviceOn(error.failure) : undefined;
    return `${(advice ?? "Mend that.").replace(/([^.])$/, "$1.")} Then stamp again.`;
  }
  if (sameHeads(to, now)) return "Only what comes after it failed: see what env.py does then.";
  return `Stamp again: oakum stamp --purge ${(to.length > 0 ? to : ["base"]).join(" ")}`;
}
