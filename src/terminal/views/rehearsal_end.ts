import type { AppTrial, ModelDrift } from "../../reports/rehearsal.ts";
import { driftText, outputEnd, trialText } from "../../reports/rehearsal_app.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import { showLines } from "./rehearsal_finding.ts";

/** All of an output is in the JSON. */
const OUTPUT_LINES = 20;

/** How the models differ from the upgraded copy. */
export function showDrift(drift: ModelDrift | null, page: Page): void {
  if (!drift) return;
  const text = printable(driftText(drift));
  const bad = drift.fresh.length > 0 || drift.unknown !== null;
  page.line();
  page.line(bad ? page.style("warn", text) : text);
  for (const operation of drift.fresh) page.line(`  ${printable(operation)}`, 4);
}

/** How the app did on the new schema, with the end of what it said where it failed. */
export function showTrials(trials: readonly AppTrial[], page: Page): void {
  if (trials.length > 0) page.line();
  for (const trial of trials) {
    const mark = trial.ok ? page.style("good", "✓") : page.style("bad", "✗");
    page.line(`${mark} ${printable(trialText(trial))}`, 2);
    if (trial.ok && !page.verbose) continue;
    const lines = outputEnd(trial, OUTPUT_LINES);
    if (lines !== "") showLines(lines, page, 4);
  }
}
