import { messageOf } from "../../core/errors.ts";
import { duration } from "../../core/time.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import { applyStep } from "../migrate/apply.ts";
import { failureLines } from "../migrate/failure.ts";
import { takePicture } from "../migrate/picture.ts";
import { judge } from "../migrate/verdict.ts";
import type { Copy } from "../rehearse/copy.ts";
import type { Measuring } from "./measure.ts";

/** Takes steps on the copy, one at a time; answers with why one failed, or nothing. */
export async function walkOn(
  { context, table, lockTimeoutMs, stepMs }: Measuring,
  copy: Copy,
  steps: readonly Step[],
): Promise<string | undefined> {
  const { migrator, signal } = copy;
  const applying = { migrator, lockTimeoutMs, retries: 0, expect: await copy.expect() };
  for (const step of steps) {
    const sql = copy.sql();
    const before = await takePicture(sql, table);
    const late = AbortSignal.timeout(stepMs);
    const stop = AbortSignal.any([signal, late]);
    const applied = await applyStep({ ...context, signal: stop }, step, { ...applying, sql });
    signal.throwIfAborted();
    if (late.aborted && applied.error !== undefined) {
      return `the ${step.direction} of ${step.revision.id} did not end within ${duration(stepMs)}.`;
    }
    const now = await takePicture(copy.sql(), table);
    if (applied.error === undefined && judge(step, applied, before, now) === "applied") continue;
    return `the ${step.direction} of ${step.revision.id} fails: ${failureText(applied.error)}`;
  }
  return undefined;
}

function failureText(error: unknown): string {
  if (error === undefined) return "it ends well, and the database is not where it should be.";
  const place = error instanceof ProgramFailure ? failureLines(error.failure)[0] : undefined;
  return place === undefined ? messageOf(error) : `${messageOf(error)} (${place})`;
}
