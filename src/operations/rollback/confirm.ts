import { count } from "../../core/time.ts";
import {
  priceLines,
  type RollbackScope,
  type RollbackWay,
  wayText,
} from "../../reports/rollback.ts";
import type { Context } from "../context.ts";
import { headsText } from "../migrate/picture.ts";

/** Asks before anything is changed; says the price, and what it does not hold. */
export async function confirmRollback(
  { ask }: Context,
  scope: RollbackScope,
  way: RollbackWay,
  written: readonly string[],
): Promise<void> {
  const { target, to, revisions, prices, backup, warnings } = scope;
  const [verdict, ...lost] = priceLines(prices[way]);
  await ask.confirm({
    text: `Take "${target.database}" of ${target.project} back to ${headsText(to)}, by ${
      wayText(prices[way])
    }?`,
    details: [
      `It undoes ${count(revisions.length, "revision")}:`,
      ...revisions.map(({ id, doc }) => `  ${id}  ${doc}`.trimEnd()),
      `Its price: ${verdict}`,
      ...lost.map((line) => `  ${line}`),
      backup === null
        ? "No fresh backup was taken."
        : `The backup ${backup} is of before the question; what was written since is not in it.`,
      ...written.map((doubt) => `Not in the price: ${doubt}`),
      ...warnings,
    ],
  });
}
