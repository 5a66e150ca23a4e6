import assert from "node:assert/strict";
import {
  branchesOf,
  branchSentences,
  conflictSentences,
} from "../../../src/migrators/alembic/branches.ts";
import type { Touched } from "../../../src/migrators/alembic/replies.ts";
import { auction, branches as labelled, graphOf, type Sketch } from "./graphs.ts";

type What = readonly [verb: Touched["verb"], table: string, column?: string];

function touched(what: readonly What[], sql = false): Touched[] {
  return what.map(([verb, table, column = null]) => ({ verb, table, column, sql }));
}

/** Two branches of one revision each, above a shared one. */
function forked(left: readonly What[], right: readonly What[], more: Partial<Sketch> = {}) {
  const graph = graphOf([
    { id: "base", touched: touched([["create", "bids"]]) },
    { id: "left", down: ["base"], touched: touched(left) },
    { id: "right", down: ["base"], touched: touched(right), ...more },
  ]);
  return branchesOf(graph, ["left", "right"])!;
}

const CONFLICTS: readonly (readonly [string, readonly What[], readonly What[], string[]])[] = [
  ["created twice", [["create", "lots"]], [["create", "lots"]], [
    "Table lots is created by both left and right.",
  ]],
  ["dropped twice", [["drop", "bids"]], [["drop", "public.bids"]], [
    "Table bids is dropped by both left and right.",
  ]],
  ["dropped and altered", [["drop", "bids"]], [["add column", "bids", "amount"]], [
    "Table bids is dropped by left and changed by right.",
  ]],
  ["altered and renamed", [["rows", "bids"]], [["rename", "bids"]], [
    "Table bids is written to by left and renamed by right.",
  ]],
  ["a column twice", [["add column", "bids", "amount"]], [["add column", "bids", "amount"]], [
    "Column bids.amount is added by both left and right.",
  ]],
  [
    "a column dropped and changed",
    [["drop column", "bids", "a"], ["index", "bids"]],
    [["add column", "bids", "b"], ["change column", "bids", "a"]],
    ["Column bids.a is dropped by left and changed by right."],
  ],
  [
    "other columns of one table",
    [["add column", "bids", "amount"]],
    [["add column", "bids", "bidder"]],
    ["Both branches touch table bids: left and right."],
  ],
  ["other tables", [["add column", "bids", "a"]], [["create", "lots"]], []],
  ["another schema", [["create", "shop.lots"]], [["create", "bank.lots"]], []],
];

Deno.test.each(CONFLICTS)("branchesOf() names what is in conflict: %0", (_, left, right, said) => {
  const found = forked(left, right);
  const sentences = conflictSentences(found);
  const clash = found.conflicts.some(({ level }) => level === "clash");
  const advice = clash
    ? ["A merge resolves none of that: change one of these files before it is applied anywhere."]
    : [];
  assert.deepEqual(sentences, [...said, ...advice]);
});

Deno.test("branchesOf() says what was only guessed from SQL, and what could not be read", () => {
  const twice: What[] = [["add column", "bids", "amount"]];
  const { conflicts, unread } = forked(twice, twice, {
    touched: touched(twice, true),
    whole: false,
  });
  assert.deepEqual(unread, ["right"]);
  assert.deepEqual(conflictSentences({ conflicts, unread }), [
    "Column bids.amount is added by both left and right, as far as their SQL tells.",
    "A merge resolves none of that: change one of these files before it is applied anywhere.",
    "Not all that right does can be read from its file.",
  ]);
});

Deno.test("branchesOf() has each branch since the common ancestor, oldest first", () => {
  const graph = graphOf([...auction.slice(0, 4), { id: "ddd555", down: ["ddd444"] }]);
  const found = branchesOf(graph, ["ccc333", "ddd555"])!;
  assert.deepEqual(found.branches.map(({ revisions }) => revisions.map(({ id }) => id)), [
    ["ccc333"],
    ["ddd444", "ddd555"],
  ]);
  assert.deepEqual(found.commonAncestors, [{ id: "bbb222", doc: "create bids" }]);
  assert.equal(found.merge, "oakum merge ccc333 ddd555");
  assert.deepEqual(branchSentences(found).slice(0, 3), [
    "They part at bbb222 (create bids).",
    "On the branch of ccc333 since: ccc333 (give artworks a status).",
    "On the branch of ddd555 since: ddd444 (create payments), ddd555.",
  ]);
});

Deno.test("branchesOf() of one head is nothing; of two bases there is no common ancestor", () => {
  assert.equal(branchesOf(graphOf(auction), ["fff666"]), null);
  const found = branchesOf(graphOf(labelled), ["shop2", "bank3"])!;
  assert.equal(branchSentences(found)[0], "They have no revision in common.");
});
