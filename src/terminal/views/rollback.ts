import { count, duration } from "../../core/time.ts";
import {
  priceLines,
  type RollbackPlan,
  type RollbackPrice,
  type RollbackReport,
  type RollbackScope,
  wayText,
} from "../../reports/rollback.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import { revisions } from "./backup.ts";
import { showMigration } from "./migration.ts";
import { showRestore } from "./restore.ts";

const TONES = { free: "good", loses: "warn", unknown: "warn", impossible: "dim" } as const;

/** What either way back would lose, and what would be done. */
export function showRollbackPlan(plan: RollbackPlan, page: Page): void {
  const { way, from, to, upgrade, prices, backup } = plan;
  const since = upgrade ? `, the upgrade of ${page.time(new Date(upgrade.at))}` : "";
  page.line(
    `Would undo ${count(plan.revisions.length, "revision")}${since}: ` +
      `${printable(revisions(from))} → ${printable(revisions(to))}`,
  );
  for (const { id, doc } of plan.revisions) {
    page.line(`  ${printable(`${id}  ${doc}`.trimEnd())}`, 4);
  }
  showPrices(plan, page);
  if (backup !== null) page.line(`Measured on the backup that was taken for it: ${backup}`);
  if (way === null) {
    page.line(page.style("warn", "A person has to decide: --via downgrade or --via restore"));
  } else {
    const word = prices[way].verdict === "impossible" ? "Could not go" : "Would go";
    page.line(`${word} back by ${wayText(prices[way])}.`);
  }
  showImage(plan, page);
  warn(plan, page);
}

/** What a rollback did. */
export function showRollback(report: RollbackReport, page: Page): void {
  const { migration, restored, way, prices, tookMs, wayTookMs, from, to, backup } = report;
  page.line(
    `${page.style("good", "Rolled back")} by ${wayText(prices[way])} in ${duration(tookMs)}, ` +
      `${duration(wayTookMs)} of it the way back itself: ` +
      `${printable(revisions(from))} → ${printable(revisions(to))}`,
  );
  if (migration) showMigration(migration, page);
  if (restored) showRestore(restored, page);
  showPrices(report, page);
  if (backup !== null) page.line(`Backup from before the rollback: ${backup}`);
  showImage(report, page);
  warn(report, page);
}

function showPrices({ prices }: RollbackScope, page: Page): void {
  for (const price of [prices.downgrade, prices.restore]) showPrice(price, page);
}

function showPrice(price: RollbackPrice, page: Page): void {
  const [verdict, ...rest] = priceLines(price);
  page.line(`${wayText(price)}: ${page.style(TONES[price.verdict], printable(verdict))}`, 2);
  for (const line of rest) page.line(`  ${printable(line)}`, 4);
}

/** The code that runs now is of after the upgrade, and does not know this revision as its head. */
function showImage({ image, app, to }: RollbackScope, page: Page): void {
  const old = image
    ? `ran ${printable(image.name)} (${printable(image.id)}) before the upgrade`
    : "ran another image, or other code, before the upgrade: the journal does not know which";
  page.line(`${printable(app)} ${old}. Start what knows ${printable(revisions(to))} as its head.`);
}

function warn({ warnings }: RollbackScope, page: Page): void {
  for (const warning of warnings) page.line(page.style("warn", printable(warning)));
}
