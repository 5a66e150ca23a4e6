import { messageOf, OakumError } from "../../core/errors.ts";
import { ProgramFailure } from "../../migrators/alembic/run_program.ts";
import { type Blocker, blockerText } from "../migrate/blockers.ts";
import { failureData, failureLines } from "../migrate/failure.ts";
import { headsText, sameHeads } from "../migrate/picture.ts";

/** All that is known when a stamp did not do what it was to do. */
export interface StampStop {
  /** Undefined where the tool said that all was well. */
  readonly error: unknown;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** What the version table holds now. */
  readonly now: readonly string[];
  readonly blockers: readonly Blocker[];
  readonly signal: AbortSignal;
}

/** The error that says why a stamp failed and what the version table holds. */
export function stampError({ error, from, to, now, blockers, signal }: StampStop): OakumError {
  const unchanged = sameHeads(from, now);
  const failure = error instanceof ProgramFailure ? error.failure : undefined;
  const title = signal.aborted
    ? "Interrupted during the stamp."
    : error === undefined
    ? "The stamp ended without an error, but the database says otherwise."
    : `The stamp failed: ${messageOf(error)}`;
  const lines = [
    title,
    ...(failure ? failureLines(failure) : []),
    ...blockers.slice(0, 1).map((blocker) => `It waited for ${blockerText(blocker)}.`),
    unchanged
      ? `The version table is as it was, at ${headsText(from)}.`
      : `The version table says ${headsText(now)}; before it said ${headsText(from)}.`,
  ];
  return new OakumError("stamp-failed", unchanged ? "unchanged" : "changed", lines.join("\n"), {
    hint: unchanged
      ? "Mend that, then stamp again."
      : `Stamp again: oakum stamp --purge ${(to.length > 0 ? to : ["base"]).join(" ")}`,
    data: { from, to, now, failure: failure ? failureData(failure) : null },
    cause: error,
  });
}
