import { OakumError } from "../../core/errors.ts";
import type { Step } from "../../migrators/alembic/resolve.ts";
import { differenceHash, differenceText, schemaDifferences } from "../../postgres/fingerprint.ts";
import type { RehearsalReport, RehearsedRevision } from "../../reports/rehearsal.ts";
import type { Picture } from "./picture.ts";
import { type VersionTable, withoutVersionTable } from "./version_table.ts";
import { capital, standing, stepText, type Stop } from "./stands.ts";

/** What a step did to the schema here and not in the rehearsal, and the other way round. */
export interface Unlike {
  readonly onlyHere: readonly string[];
  readonly onlyThere: readonly string[];
}

/** Compares what a step did with the rehearsal; undefined where both are the same. */
export type Comparison = (step: Step, before: Picture, now: Picture) => Unlike | undefined;

/** Compares with what a rehearsal saw; nothing where it did not get as far as a revision. */
export function comparisonWith({ revisions }: RehearsalReport, table: VersionTable): Comparison {
  const known = new Map(revisions.map((revision) => [revision.revision, revision]));
  return ({ revision: { id } }, before, now) => {
    const rehearsed = known.get(id);
    return rehearsed && unlike(rehearsed, table, before, now);
  };
}

/**
 * Somebody else may have changed another part of the schema meanwhile, and the version table may have
 * been made otherwise: what counts is this step, by its whole definitions.
 */
function unlike(
  { fingerprintBefore, fingerprintAfter, changes, changeHashes }: RehearsedRevision,
  table: VersionTable,
  before: Picture,
  now: Picture,
): Unlike | undefined {
  if (fingerprintAfter === null) return undefined;
  const began = before.fingerprint.sha256 === fingerprintBefore;
  if (began && now.fingerprint.sha256 === fingerprintAfter) return undefined;
  const [then, after] = [before, now].map((one) => withoutVersionTable(one.fingerprint, table));
  const here = schemaDifferences(then!, after!);
  const hashes = here.map(differenceHash);
  const onlyHere = here.filter((_, at) => !changeHashes.includes(hashes[at]!)).map(differenceText);
  const onlyThere = changes.filter((_, at) => !hashes.includes(changeHashes[at] ?? ""));
  return onlyHere.length + onlyThere.length === 0 ? undefined : { onlyHere, onlyThere };
}

/** Lines of one side that are shown. */
const MOST_LINES = 8;

/** The error that says in what a step was unlike its rehearsal, and where the database stands. */
export function differsError(stop: Stop, unlike: Unlike): OakumError {
  const { step, before, steps, backup, end } = stop;
  const lines = [
    `${capital(stepText(step))} is applied, but it did something else than in the rehearsal.`,
    ...listed("Only in the database:", unlike.onlyHere),
    ...listed("Only in the rehearsal:", unlike.onlyThere),
    ...unlike.onlyHere.some((line) => unlike.onlyThere.includes(line)) ? [CUT] : [],
    ...standing(stop),
  ];
  return new OakumError("not-as-rehearsed", "changed", lines.join("\n"), {
    hint:
      "Somebody else may have changed the schema at the same time, or the revision depends on " +
      "what is not in the backup. What is not run is rehearsed anew: oakum upgrade; " +
      "or go back: oakum rollback",
    data: {
      revision: step.revision.id,
      verdict: "applied",
      heads: end.begun ? end.now?.heads ?? null : null,
      headsBefore: before.heads,
      steps,
      backup,
      ...unlike,
    },
  });
}

const CUT = "Where both say the same, the definitions differ after the part that is shown.";

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - MOST_LINES;
  return [
    title,
    ...lines.slice(0, MOST_LINES).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
