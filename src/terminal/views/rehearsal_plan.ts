import { size } from "../../core/sizes.ts";
import { count, duration } from "../../core/time.ts";
import type { RehearsalPlan } from "../../reports/rehearsal_plan.ts";
import { dataText } from "../../reports/rehearsal_verdict.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import { revisions } from "./backup.ts";

const COLUMNS = [{ title: "REVISION", shrink: true, least: 12 }, { title: "WHAT", shrink: true }];

/** What a rehearsal would do, and what it leaves alone. */
export function showRehearsalPlan(plan: RehearsalPlan, page: Page): void {
  const { from, to, data, warnings } = plan;
  if (plan.revisions.length === 0) {
    page.line(printable(`Nothing to rehearse: the copy would be at ${revisions(from)} already.`));
  } else {
    const what = `Would rehearse ${count(plan.revisions.length, "revision")}`;
    const span = `from ${revisions(from)} to ${revisions(to)}`;
    const on = dataText(data, (at) => page.time(at));
    page.line(printable(`${what}, ${span}, on ${on}:`));
    page.table({
      columns: COLUMNS,
      rows: plan.revisions.map(({ revision, doc }) => [revision, doc]),
    });
  }
  page.fields([
    ...data.source === "empty" ? [] : [["data", size(data.bytes)] as const],
    ["app", `${plan.app}, ${plan.image.name}`],
    ...plan.services.length > 0 ? [["services", plan.services.join(", ")] as const] : [],
    ...plan.trials.map(({ what, command }) => [TRIALS[what], command] as const),
    ["a step", `${duration(plan.timeoutMs)} at most`],
  ]);
  page.line("All of it happens in a sandbox without a network; the database is not touched.");
  for (const warning of warnings) page.line(page.style("warn", printable(warning)));
}

const TRIALS = { run: "then runs", health: "then starts" } as const;
