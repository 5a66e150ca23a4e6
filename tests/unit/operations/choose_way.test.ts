import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import { chooseWay, freeWay } from "../../../src/operations/rollback/choose.ts";
import { PLAN, priceOf } from "./rollback_prices.ts";

const no = { verdict: "impossible", why: "it fails." } as const;

/** What was thrown. */
function refusal(work: () => unknown): OakumError {
  try {
    work();
  } catch (error) {
    if (error instanceof OakumError) return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

Deno.test("chooseWay() goes by itself where a way loses nothing, a downgrade first", () => {
  const free = { downgrade: priceOf("downgrade"), restore: priceOf("restore") };
  assert.equal(chooseWay(free, undefined), "downgrade");
  assert.equal(chooseWay({ ...free, downgrade: priceOf("downgrade", no) }, undefined), "restore");
  assert.equal(chooseWay({ ...free, restore: priceOf("restore", no) }, undefined), "downgrade");
});

Deno.test("chooseWay() leaves a price to a person, and takes the word for it", () => {
  assert.equal(freeWay(PLAN.prices), undefined);
  const { code, outcome, message, hint } = refusal(() => chooseWay(PLAN.prices, undefined));
  assert.deepEqual([code, outcome], ["rollback-costs", "refused"]);
  assert.match(message, /^downgrade: would lose\n {2}1,204 values of public\.users\.address$/m);
  assert.match(message, /^restore of db_backup_20261122_020000: would lose$/m);
  assert.match(hint ?? "", /--via downgrade or oakum rollback --via restore/);
  assert.equal(chooseWay(PLAN.prices, "restore"), "restore");
});

Deno.test("chooseWay() does not take what nobody measured for free", () => {
  const unknown = priceOf("restore", { verdict: "unknown", why: "there was no room." });
  const prices = { downgrade: priceOf("downgrade", no), restore: unknown };
  assert.match(refusal(() => chooseWay(prices, undefined)).message, /not measured: there was no/);
  assert.equal(chooseWay(prices, "restore"), "restore");
  const { code, hint } = refusal(() => chooseWay(prices, "downgrade"));
  assert.deepEqual([code, hint], [
    "rollback-impossible",
    "The other way: oakum rollback --via restore",
  ]);
});
