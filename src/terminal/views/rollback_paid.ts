import { paidLines, type RollbackReport, takesOfNow } from "../../reports/rollback.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";

/** What a rollback lost, and where that still is. */
export function showPaid(report: RollbackReport, page: Page): void {
  const { way, prices, backup } = report;
  const price = prices[way];
  const [sentence, ...rest] = paidLines(price);
  const lost = price.verdict !== "free";
  page.line(page.style(lost ? "warn" : "good", printable(sentence)));
  for (const line of rest) page.line(`  ${printable(line)}`, 2);
  const taken = price.verdict === "unknown" || takesOfNow(price);
  if (taken) showKept(report, page);
  if (price.notBack.length > 0) showBefore(report, page);
  if (backup === null) return;
  page.line(`Backup from before the rollback: ${backup}`);
  if (taken) page.line(`It has what was lost, as of then. ${beside(backup)}`);
}

function showKept({ restored }: RollbackReport, page: Page): void {
  const { keptAs, undo } = restored ?? {};
  if (!keptAs || !undo) return;
  page.line(printable(`What was lost is still in ${keptAs}. To have that instead: ${undo}`));
}

/** What the upgrade took is in the backup that it was compared with. */
function showBefore({ prices: { restore: { backup } } }: RollbackReport, page: Page): void {
  if (backup === null) return;
  page.line(`What was not brought back is in the backup ${backup}. ${beside(backup)}`);
}

function beside(backup: string): string {
  return `Beside the database: oakum restore ${backup} --into look`;
}
