import { OakumError } from "../../core/errors.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import { ProgramFailure } from "../../migrators/alembic/run_program.ts";
import { differenceText, schemaDifferences } from "../../postgres/fingerprint.ts";
import type { MigratedStep } from "../../reports/migration.ts";
import type { Applied } from "./apply.ts";
import { blockerText } from "./blockers.ts";
import { failureData, failureLines } from "./failure.ts";
import { headsText, type Picture, sameHeads, samePicture } from "./picture.ts";

/** All that is known when a run stops before its end. */
export interface Stop {
  readonly step: Step;
  readonly applied: Applied;
  /** The database before the run, before the step that failed, and now. */
  readonly before: Picture;
  readonly beforeStep: Picture;
  readonly now: Picture;
  readonly steps: readonly MigratedStep[];
  readonly backup: string | null;
  readonly interrupted: boolean;
}

/** The error that says what failed, where the database stands, and the one command that mends it. */
export function stopError(stop: Stop): OakumError {
  const { step, now, before, steps, backup, applied } = stop;
  const half = !samePicture(stop.beforeStep, now);
  // A revision that commits in the middle may have changed rows, which a fingerprint does not show.
  const unsure = step.revision.autocommit && !(applied.error === undefined);
  const unchanged = samePicture(before, now) && !unsure;
  const failure = applied.error instanceof ProgramFailure ? applied.error.failure : undefined;
  return new OakumError(
    failure?.kind === "migration" ? "migration-failed" : "step-failed",
    unchanged ? "unchanged" : "changed",
    `${title(stop)}\n${[...place(stop), ...standing(stop, unchanged, half, unsure)].join("\n")}`,
    {
      hint: mend(stop, unchanged, half || unsure),
      data: {
        revision: step.revision.id,
        heads: now.heads,
        headsBefore: before.heads,
        steps,
        backup,
        failure: failure ? failureData(failure) : null,
        blockers: applied.blockers,
      },
      cause: applied.error,
    },
  );
}

function title({ step, applied, interrupted }: Stop): string {
  const { revision: { id, doc }, direction } = step;
  const name = doc ? `${id} (${doc})` : id;
  if (interrupted) return `Interrupted during the ${direction} of ${name}.`;
  if (applied.error === undefined) {
    return `The ${direction} of ${name} ended without an error, but the database says otherwise.`;
  }
  const why = applied.error instanceof Error ? applied.error.message : String(applied.error);
  return `The ${direction} of ${name} failed: ${why}`;
}

/** The migration's own line, and what the server said beside its message. */
function place({ applied }: Stop): string[] {
  if (!(applied.error instanceof ProgramFailure)) return [];
  return [
    ...failureLines(applied.error.failure),
    ...applied.blockers.slice(0, 1).map((blocker) => `It waited for ${blockerText(blocker)}.`),
  ];
}

function standing(stop: Stop, unchanged: boolean, half: boolean, unsure: boolean): string[] {
  const { now, steps, before, step } = stop;
  if (unchanged) return [`The database is as it was, at ${headsText(before.heads)}.`];
  const done = steps.filter(({ state }) => state === "applied").map(({ revision }) => revision);
  const lines = [`The database is at ${headsText(now.heads)}.`];
  if (done.length > 0) lines.push(`Done: ${done.join(", ")}.`);
  if (half) {
    const changes = schemaDifferences(stop.beforeStep.fingerprint, now.fingerprint).slice(0, 5);
    lines.push(`Revision ${step.revision.id} left a part of itself behind:`);
    lines.push(...changes.map((change) => `  ${differenceText(change)}`));
    if (!sameHeads(stop.beforeStep.heads, now.heads)) lines.push("  the version table moved");
  } else if (unsure) {
    lines.push(`Revision ${step.revision.id} commits in the middle: rows may have changed.`);
  }
  return lines;
}

function mend({ step, backup, before }: Stop, unchanged: boolean, half: boolean): string {
  const again = `oakum ${step.direction}`;
  if (unchanged) return `Mend the revision, then run ${again} again.`;
  if (half) {
    return backup
      ? `Back to before this run, with the loss of what was written since: oakum restore ${backup}`
      : "There is no backup of before this run: mend the rest by hand, with oakum psql.";
  }
  if (step.direction === "downgrade") return `Mend the revision, then run ${again} again.`;
  const to = before.heads.length === 1
    ? before.heads[0]
    : before.heads.length === 0
    ? "base"
    : null;
  return `Mend the revision, then run ${again} again` +
    (to ? `; or go back: oakum downgrade ${to}` : "") + ".";
}
