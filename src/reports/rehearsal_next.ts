import { shellWord } from "../core/shell.ts";
import { size } from "../core/sizes.ts";
import { duration } from "../core/time.ts";
import type { RehearsalReport } from "./rehearsal.ts";
import { stoppingRules } from "./rehearsal_verdict.ts";

/** On what it was measured: the real database has others that hold locks, too. */
export function measuredText({ data, image, tookMs, copyMs }: RehearsalReport): string {
  const where = data.source === "empty"
    ? "an empty database, where every step is quick"
    : `the copy (${size(data.bytes)}, made in ${duration(copyMs)}), where nobody else works`;
  return `Measured on ${where}; rows of tables are the planner's. Image ${image.name}. ` +
    `${duration(tookMs)} in all.`;
}

/** What to do next, with its command. */
export function nextText(report: RehearsalReport): string {
  const { revisions, unseen } = report;
  if (report.verdict === "failed") return `Next: ${mending(report)}`;
  if (revisions.length === 0) return "Next: nothing; no revision is pending.";
  if (report.data.source === "empty") return "Next, on the data of a backup: oakum rehearse";
  if (unseen.length > 0) {
    return `Next, with what is pending before it (${unseen.join(", ")}): oakum rehearse`;
  }
  if (isApplied(report)) return "Next: nothing; it is applied already.";
  return `Next: ${upgradeCommand(report)}`;
}

function isApplied({ revisions, takenBack }: RehearsalReport): boolean {
  return revisions.every(({ revision }) => takenBack.includes(revision));
}

function mending(report: RehearsalReport): string {
  const again = "mend it, then oakum rehearse";
  if (report.revisions.some(({ failure }) => failure?.kind === "already-there")) {
    return `${again}; where something else made it: oakum doctor --locate`;
  }
  const broken = report.revisions.some(({ failure }) => failure !== null);
  const rules = stoppingRules(report);
  if (broken || rules.length === 0 || isApplied(report)) return again;
  const allow = rules.map((rule) => ` --allow ${rule}`).join("");
  return `${again}; or accept it: ${upgradeCommand(report)}${allow}`;
}

/** The upgrade to what was rehearsed, and no further. */
function upgradeCommand({ to: [first, ...more] }: RehearsalReport): string {
  return `oakum upgrade ${first === undefined || more.length > 0 ? "heads" : shellWord(first)}`;
}
