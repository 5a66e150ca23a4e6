import type { Step } from "../../../migrators/alembic/resolve.ts";
import type { RehearsalReport } from "../../../reports/rehearsal.ts";
import { headsText, sameHeads } from "../picture.ts";

/** What a rehearsal must be of, to speak for an upgrade. */
export interface Wanted {
  readonly app: string;
  readonly steps: readonly Step[];
  readonly heads: readonly string[];
  /** Of the real database's schema. */
  readonly fingerprint: string;
  /** Of the files of the script folder. */
  readonly scripts: string;
  /** The id of the image whose migrations are applied. */
  readonly image: string;
  /** The hash of what a rehearsal would be set to. */
  readonly settings: string;
  /** The command that the app must have run on the new schema, where one is set. */
  readonly run: string | undefined;
  readonly now: Date;
}

/** After a day the data may be another. */
const LONGEST_MS = 24 * 60 * 60_000;
/** Clocks of several machines that share a folder. */
const SKEW_MS = 5 * 60_000;

/** Why a rehearsal does not speak for an upgrade, as half a sentence; nothing where it does. */
export function whyUnfit(report: RehearsalReport, wanted: Wanted): string | undefined {
  const age = wanted.now.getTime() - Date.parse(report.rehearsedAt);
  if (age > LONGEST_MS) return "it is older than a day";
  if (age < -SKEW_MS) return "it is dated in the future";
  const other = whyOther(report, wanted);
  if (other !== undefined) return other;
  // Not of a new one: what an app writes there, its copy does not have.
  return report.scripts === wanted.scripts
    ? undefined
    : "a file beside the revisions, or one that they import, is another";
}

/** The same without a word on its age: why it was of something else. */
export function whyOther(report: RehearsalReport, wanted: Wanted): string | undefined {
  if (report.data.source !== "backup") return "it was not made with a backup's data";
  if (report.app !== wanted.app) return `it was of another app, ${report.app}`;
  if (!sameHeads(report.from, wanted.heads)) {
    return `it began at ${headsText(report.from)}, and the database is at ${
      headsText(wanted.heads)
    }`;
  }
  const files = otherFiles(report, wanted.steps);
  if (files !== undefined) return files;
  if (report.image.id !== wanted.image) return "it was with another image of the app";
  if (report.fingerprint !== wanted.fingerprint) return "the schema is another one since";
  if (report.settings !== wanted.settings) {
    return "its settings, the app's environment or oakum's version were others";
  }
  if (!hasRun(report, wanted)) return `it was without "${wanted.run}"`;
  return undefined;
}

/** After a revision that failed nothing is tried any more. */
function hasRun({ revisions, trials }: RehearsalReport, { run }: Wanted): boolean {
  return run === undefined || revisions.some(({ failure }) => failure !== null) ||
    trials.some(({ what, command }) => what === "run" && command === run);
}

function otherFiles({ revisions }: RehearsalReport, steps: readonly Step[]): string | undefined {
  const rehearsed = revisions.map(({ revision }) => revision);
  const asked = steps.map(({ revision: { id } }) => id);
  if (rehearsed.join() !== asked.join()) {
    return `it was of other revisions: ${rehearsed.join(", ") || "none"}`;
  }
  const edited = steps.filter(({ revision }, at) => revision.sha256 !== revisions[at]?.sha256);
  if (edited.length === 0) return undefined;
  return `${edited.map(({ revision: { id } }) => id).join(", ")} was edited since`;
}
