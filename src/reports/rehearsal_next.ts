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
  if (report.verdict === "failed") return `Next: ${mending(report)}`;
  if (report.data.source === "empty") return "Next, on the data of a backup: oakum rehearse";
  return `Next: ${upgradeCommand(report)}`;
}

function mending(report: RehearsalReport): string {
  const again = "mend it, then oakum rehearse";
  const broken = report.revisions.some(({ failure }) => failure !== null);
  const rules = stoppingRules(report);
  if (broken || rules.length === 0) return again;
  const allow = rules.map((rule) => ` --allow ${rule}`).join("");
  return `${again}; or accept it: ${upgradeCommand(report)}${allow}`;
}

/** The upgrade to what was rehearsed, and no further. */
function upgradeCommand({ to: [first, ...more] }: RehearsalReport): string {
  return `oakum upgrade ${first === undefined || more.length > 0 ? "heads" : shellWord(first)}`;
}
