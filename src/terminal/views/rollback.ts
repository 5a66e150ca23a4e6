import { count, duration } from "../../core/time.ts";
import { shortId } from "../../docker/short_id.ts";
import {
  type NamedImage,
  priceLines,
  type RollbackPlan,
  type RollbackPrice,
  type RollbackPrices,
  type RollbackReport,
  type RollbackScope,
  wayText,
} from "../../reports/rollback.ts";
import type { Page } from "../page.ts";
import { printable } from "../printable.ts";
import { revisions } from "./backup.ts";
import { showMigration } from "./migration.ts";
import { showRestore } from "./restore.ts";
import { showPaid } from "./rollback_paid.ts";

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
    page.line(page.style("warn", decision(prices)));
  } else {
    const word = prices[way].verdict === "impossible" ? "Could not go" : "Would go";
    page.line(`${word} back by ${wayText(prices[way])}.`);
  }
  showImage(plan, page);
  warn(plan, page);
}

/** What a rollback did. */
export function showRollback(report: RollbackReport, page: Page): void {
  const { migration, restored, way, prices, tookMs, wayTookMs, from, to } = report;
  page.line(
    `${page.style("good", "Rolled back")} by ${wayText(prices[way])} in ${duration(tookMs)}, ` +
      `${duration(wayTookMs)} of it the way back itself: ` +
      `${printable(revisions(from))} → ${printable(revisions(to))}`,
  );
  if (migration) showMigration(migration, page);
  if (restored) showRestore(restored, page);
  showPaid(report, page);
  showImage(report, page);
  warn(report, page);
}

/** Only ways that can be gone are offered. */
function decision({ downgrade, restore }: RollbackPrices): string {
  const [first, second] = [downgrade, restore].filter(({ verdict }) => verdict !== "impossible");
  if (!first) return "Neither way can be gone. See what there is to go back to: oakum backups";
  return second
    ? "A person has to decide: --via downgrade or --via restore"
    : `A person has to decide whether to go the only way: --via ${first.way}`;
}

function showPrices({ prices }: RollbackScope, page: Page): void {
  for (const price of [prices.downgrade, prices.restore]) showPrice(price, page);
}

function showPrice(price: RollbackPrice, page: Page): void {
  const [verdict, ...rest] = priceLines(price);
  page.line(`${wayText(price)}: ${page.style(TONES[price.verdict], printable(verdict))}`, 2);
  for (const line of rest) page.line(`  ${printable(line)}`, 4);
}

/** Code that is newer than the schema will be; nothing where no other is known to have run. */
function showImage({ image, runs, mounted, app }: RollbackScope, page: Page): void {
  const named = ({ name, id }: NamedImage) => `${name} (${shortId(id)})`;
  if (image && image.id !== runs.id) {
    page.line(printable(
      `Before the upgrade ${app} ran ${named(image)}, and now it has ${named(runs)}. ` +
        "With the old schema, start the old one again.",
    ));
  }
  if (mounted === null) return;
  page.line(printable(
    `${app} has its revisions from ${mounted} on the host: after a rollback the code there may ` +
      "be newer than the schema.",
  ));
}

function warn({ warnings }: RollbackScope, page: Page): void {
  for (const warning of warnings) page.line(page.style("warn", printable(warning)));
}
