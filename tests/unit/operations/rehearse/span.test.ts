import assert from "node:assert/strict";
import type { Step } from "../../../../src/migrators/alembic/resolve.ts";
import { nothingPendingText, type Span, wayOf } from "../../../../src/operations/rehearse/span.ts";
import { auction, graphOf } from "../../alembic/graphs.ts";

const ids = (steps: readonly Step[]) => steps.map(({ revision: { id } }) => id).join(" ");

function way(span: Span, ...heads: string[]) {
  const { back, ahead, steps } = wayOf(graphOf(auction), span, heads);
  return [ids(back), ids(ahead), ids(steps)];
}

const to = (revision: string): Span => ({ kind: "to", revision });
const last = (count: number): Span => ({ kind: "last", count });

Deno.test("wayOf() takes what is pending up to where it is told", () => {
  assert.deepEqual(way(to("head"), "bbb222"), ["", "", "ddd444 ccc333 eee555 fff666"]);
  assert.deepEqual(way(to("+1"), "eee555"), ["", "", "fff666"]);
});

Deno.test("wayOf() takes the newest revision back where nothing is pending", () => {
  assert.deepEqual(way(to("head"), "fff666"), ["fff666", "", "fff666"]);
});

Deno.test("wayOf() goes nowhere where nothing is pending and the newest one cannot be taken back", () => {
  for (const downgrade of ["missing", "raises"] as const) {
    const stuck = graphOf([{ id: "aaa111" }, { id: "bbb222", down: ["aaa111"], downgrade }]);
    const nowhere = wayOf(stuck, to("head"), ["bbb222"]);
    assert.deepEqual(nowhere, { back: [], ahead: [], steps: [] });
    assert.match(nothingPendingText(nowhere).join(), /^Nothing is pending, and .* no downgrade/);
    assert.equal(ids(wayOf(stuck, last(1), ["bbb222"]).back), "bbb222");
  }
});

Deno.test("wayOf() takes the last ones, applied or not", () => {
  assert.deepEqual(way(last(2), "fff666"), ["fff666 eee555", "", "eee555 fff666"]);
  assert.deepEqual(way(last(2), "eee555"), ["eee555", "", "eee555 fff666"]);
  assert.deepEqual(way(last(1), "bbb222"), ["", "ddd444 ccc333 eee555", "fff666"]);
  assert.deepEqual(way(last(1)), ["", "aaa111 bbb222 ddd444 ccc333 eee555", "fff666"]);
});

Deno.test("wayOf() knows the heads before and after each step", () => {
  const { back: [back], steps: [step] } = wayOf(graphOf(auction), last(1), ["fff666"]);
  assert.deepEqual(back?.headsAfter, ["eee555"]);
  assert.deepEqual([step?.headsBefore, step?.headsAfter], [["eee555"], ["fff666"]]);
});

Deno.test("wayOf() refuses where there are no revisions", () => {
  assert.throws(() => wayOf(graphOf([]), to("head"), []), { code: "no-revisions" });
});
