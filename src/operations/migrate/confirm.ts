import { count } from "../../core/time.ts";
import { openLines } from "../../reports/checklist.ts";
import type { MigrationPlan } from "../../reports/migration.ts";
import type { Context } from "../context.ts";
import { findingText } from "./guarded/findings.ts";
import type { Prepared } from "./guarded/prepare.ts";
import type { UpgradeRequest } from "./guarded/request.ts";

/** What is known beside the plan. */
export interface Beside {
  readonly prepared: Prepared | undefined;
  readonly upgrade: UpgradeRequest | undefined;
  /** The command that measures what a downgrade would lose. */
  readonly measuredBy: string | undefined;
  /** Sentences on what other runs have left. */
  readonly known: readonly string[];
}

/** Asks, unless the move was rehearsed and nothing is left that a person should know of before. */
export async function confirm(
  { ask }: Pick<Context, "ask">,
  plan: MigrationPlan,
  { prepared, upgrade, measuredBy, known }: Beside,
): Promise<void> {
  const found = prepared?.judged?.warnings ?? [];
  if (prepared?.rehearsal && found.length === 0 && known.length === 0) return;
  const allowed = prepared?.judged?.allowed.filter(({ level }) => level === "fail") ?? [];
  const { direction, target, steps, backup, warnings } = plan;
  const open = prepared ? openLines(prepared.checklist) : [];
  const what = count(steps.length, "revision");
  const { database, project } = target;
  await ask.confirm({
    text: direction === "upgrade"
      ? `Apply ${what} to "${database}" of ${project}?`
      : `Undo ${what} in "${database}" of ${project}?`,
    details: [
      ...allowed.map((finding) => `Allowed: ${findingText(finding).trimStart()}`),
      ...steps.map(({ revision, doc }) => `${revision}  ${doc}`),
      ...direction === "downgrade" ? ["What they made goes, and the data in it."] : [],
      ...measuredBy ? [`How much that is: ${measuredBy}`] : [],
      backup.why,
      ...upgrade && !prepared?.rehearsal ? [upgrade.whyNotRehearsed] : [],
      ...warnings,
      ...found.length > 0 ? ["The rehearsal warns:", ...found.map(findingText)] : [],
      ...open.length > 0 ? ["What only you know:", ...open] : [],
    ],
  });
}
