import { shellWord } from "../../core/shell.ts";
import { count, duration } from "../../core/time.ts";
import type { AppTrial, ModelDrift, RehearsalReport } from "../../reports/rehearsal.ts";
import { stoppingRules } from "../../reports/rehearsal_verdict.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import { showLines } from "./rehearsal_finding.ts";

/** The last lines of an output say why it ended; all of it is in the JSON. */
const OUTPUT_LINES = 20;

/** How the models differ from the upgraded copy. */
export function showDrift(drift: ModelDrift | null, page: Page): void {
  if (!drift) return;
  const { fresh, known, unknown } = drift;
  page.line();
  if (unknown !== null) {
    return page.line(page.style("warn", `The models were not compared: ${printable(unknown)}`));
  }
  const rest = known.length > 0 ? `; ${count(known.length, "known difference")}` : "";
  if (fresh.length === 0) return page.line(`The models agree with the upgraded copy${rest}.`);
  const text = `The models differ from the upgraded copy, ${count(fresh.length, "operation")}`;
  page.line(`${page.style("warn", text)}${rest}:`);
  for (const operation of fresh) page.line(`  ${printable(operation)}`, 4);
}

/** How the app did on the new schema, with the end of what it said where it failed. */
export function showTrials(trials: readonly AppTrial[], page: Page): void {
  if (trials.length > 0) page.line();
  for (const trial of trials) {
    const mark = trial.ok ? page.style("good", "✓") : page.style("bad", "✗");
    page.line(`${mark} ${printable(trialText(trial))}`, 2);
    if (trial.ok && !page.verbose) continue;
    const lines = trial.output.trimEnd().split("\n").slice(-OUTPUT_LINES).join("\n");
    if (lines !== "") showLines(lines, page, 4);
  }
}

function trialText({ what, command, ok, tookMs, exitCode }: AppTrial): string {
  const after = `after ${duration(tookMs)}`;
  const code = exitCode === null ? "" : ` with exit code ${exitCode}`;
  if (what === "run") {
    const how = ok ? "passed" : exitCode === null ? "failed" : `ended${code}`;
    return `\`${command}\` ${how} on the new schema ${after}`;
  }
  if (ok) return `the app starts on the new schema and is healthy (\`${command}\`) ${after}`;
  const how = code && `; it ended${code}`;
  return `the app is not healthy on the new schema (\`${command}\`) ${after}${how}`;
}

/** The next command. */
export function showNext(report: RehearsalReport, page: Page): void {
  const { verdict, data } = report;
  page.line();
  if (verdict === "failed") return page.line(printable(`Next: ${mending(report)}`));
  if (data.source === "empty") return page.line("Next, on the data of a backup: oakum rehearse");
  page.line(printable(`Next: ${upgradeCommand(report)}`));
}

function mending(report: RehearsalReport): string {
  const { revisions, trials } = report;
  const again = "mend it, then oakum rehearse";
  const broken = revisions.some(({ failure }) => failure !== null) || trials.some(({ ok }) => !ok);
  const rules = stoppingRules(report);
  if (broken || rules.length === 0) return again;
  const allow = rules.map((rule) => ` --allow ${rule}`).join("");
  return `${again}; or accept it: ${upgradeCommand(report)}${allow}`;
}

/** The upgrade to what was rehearsed, and no further. */
function upgradeCommand({ to }: RehearsalReport): string {
  return `oakum upgrade ${to[0] === undefined || to.length > 1 ? "heads" : shellWord(to[0])}`;
}
