import type { Step } from "../../migrators/alembic/resolve.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { Tried } from "./apply.ts";
import { type Picture, sameHeads } from "./picture.ts";

/**
 * What became of a step, as the database itself shows it: whatever the tool said, and with which
 * exit code, proves nothing.
 *
 * - `applied`: the version table moved as planned; it does so last, in the step's own transaction.
 * - `as-before`: nothing of it is there.
 * - `partly`: the version table did not move, but something was committed before the end.
 * - `elsewhere`: the version table says what the step would never have written.
 * - `unknown`: nobody could look.
 */
export type Verdict = "applied" | "as-before" | "partly" | "elsewhere" | "unknown";

/** Judges a step by the pictures from before and after it; `now` is undefined where there is none. */
export function judge(
  step: Step,
  tried: Tried,
  before: Picture,
  now: Picture | undefined,
): Verdict {
  // Where nobody could end the app's sessions after the move, they were ended before the look.
  if (!now || (tried.left ?? []).length > 0) return "unknown";
  if (sameHeads(now.heads, step.headsAfter)) return "applied";
  if (!sameHeads(now.heads, step.headsBefore)) return "elsewhere";
  return mayHaveCommitted(step, tried) || now.fingerprint.sha256 !== before.fingerprint.sha256
    ? "partly"
    : "as-before";
}

/** Committed rows do not show in a fingerprint, so what was seen has to count. */
function mayHaveCommitted({ revision }: Step, { trace, error }: Tried): boolean {
  // Of a program that was cut off the last events may not have arrived.
  const cutOff = error !== undefined && !(error instanceof ProgramFailure);
  return trace.committedInside || (revision.autocommit && cutOff);
}
