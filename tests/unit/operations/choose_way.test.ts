import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import { chooseWay, freeWay } from "../../../src/operations/rollback/choose.ts";
import { PLAN, priceOf } from "./rollback_prices.ts";

const BACKUP = { dir: "/backups", format: "custom", verify: "read", accept: false } as const;
const ASKED = { via: undefined, to: undefined, backup: BACKUP, allow: [] };
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
  assert.equal(chooseWay(free, ASKED), "downgrade");
  assert.equal(chooseWay({ ...free, downgrade: priceOf("downgrade", no) }, ASKED), "restore");
  assert.equal(chooseWay({ ...free, restore: priceOf("restore", no) }, ASKED), "downgrade");
});

Deno.test("chooseWay() leaves a price to a person, and takes the word for it", () => {
  assert.equal(freeWay(PLAN.prices), undefined);
  const { code, outcome, message, hint } = refusal(() => chooseWay(PLAN.prices, ASKED));
  assert.deepEqual([code, outcome], ["rollback-costs", "refused"]);
  assert.match(message, /^downgrade: would lose\n {2}1,204 values of public\.users\.address$/m);
  assert.match(message, /^restore of db_backup_20261122_020000: would lose$/m);
  assert.match(hint ?? "", /--via downgrade or oakum rollback --via restore/);
  assert.equal(chooseWay(PLAN.prices, { ...ASKED, via: "restore" }), "restore");
});

Deno.test("chooseWay() does not take what nobody measured for free", () => {
  const unknown = priceOf("restore", { verdict: "unknown", why: "there was no room." });
  const prices = { downgrade: priceOf("downgrade", no), restore: unknown };
  assert.match(refusal(() => chooseWay(prices, ASKED)).message, /not measured: there was no/);
  assert.equal(chooseWay(prices, { ...ASKED, via: "restore" }), "restore");
  const { code, hint } = refusal(() => chooseWay(prices, { ...ASKED, via: "downgrade" }));
  assert.deepEqual([code, hint], [
    "rollback-impossible",
    "The other way: oakum rollback --via restore",
  ]);
});

Deno.test("chooseWay() must advise what leads to the goal that was typed", () => {
  const asked = { ...ASKED, to: "shop@base", backup: undefined, allow: ["untested-extension"] };
  const goal = "oakum rollback --to shop@base --no-safety-backup --via";
  const allowed = "--allow untested-extension";
  assert.equal(
    refusal(() => chooseWay(PLAN.prices, asked)).hint,
    `Decide: ${goal} downgrade ${allowed} or ${goal} restore ${allowed}. Nothing was changed.`,
  );
  const prices = { ...PLAN.prices, downgrade: priceOf("downgrade", no) };
  const { hint } = refusal(() => chooseWay(prices, { ...asked, via: "downgrade" }));
  assert.equal(hint, `The other way: ${goal} restore ${allowed}`);
});
