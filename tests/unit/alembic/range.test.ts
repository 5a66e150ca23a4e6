import assert from "node:assert/strict";
import { namedBy, revisionsBetween } from "../../../src/migrators/alembic/range.ts";
import { auction, branches, graphOf, type Sketch } from "./graphs.ts";

function between(
  sketches: readonly Sketch[],
  range: string,
  current: readonly string[] = [],
): string {
  const [from, to] = range.split(":");
  const ends = { from: from || undefined, to: to || undefined };
  return [...revisionsBetween(graphOf(sketches), ends, () => current)].sort().join(" ");
}

Deno.test("revisionsBetween() has everything where both ends are open", () => {
  assert.equal(between(auction, ":"), "aaa111 bbb222 ccc333 ddd444 eee555 fff666");
  assert.equal(between(branches, "base:heads"), "bank1 bank2 bank3 shop1 shop2 shop3");
});

Deno.test("revisionsBetween() includes both ends, and only what is on the way", () => {
  assert.equal(between(auction, "bbb2:eee5"), "bbb222 ccc333 ddd444 eee555");
  assert.equal(between(auction, ":ddd444"), "aaa111 bbb222 ddd444");
  assert.equal(between(auction, "ccc333:"), "ccc333 eee555 fff666");
  assert.equal(between(auction, "ddd444:ddd444"), "ddd444");
});

Deno.test("revisionsBetween() counts steps from the other end", () => {
  assert.equal(between(auction, "-1:head"), "eee555 fff666");
  assert.equal(between(auction, "-2:eee555"), "bbb222 ccc333 ddd444 eee555");
  assert.equal(between(auction, "bbb222:+1"), "bbb222 ccc333 ddd444");
  assert.equal(between(auction, ":+2"), "aaa111 bbb222");
  assert.equal(between(auction, "-99:head"), between(auction, ":"));
});

Deno.test("revisionsBetween() knows branches by their labels", () => {
  assert.equal(between(branches, "bank@base:bank@head"), "bank1 bank2 bank3");
  assert.equal(between(branches, "shop@base:"), "shop1 shop2 shop3");
});

Deno.test("revisionsBetween() from current has all that an upgrade would apply", () => {
  assert.equal(between(auction, "current:", ["ccc333"]), "ccc333 ddd444 eee555 fff666");
  assert.equal(between(auction, "current:head", []), between(auction, ":"));
  assert.equal(between(auction, ":current", ["ccc333"]), "aaa111 bbb222 ccc333");
  assert.equal(between(auction, "-1:current", ["eee555"]), "ccc333 ddd444 eee555");
  assert.equal(between(auction, "current:+1", ["eee555"]), "eee555 fff666");
  assert.equal(between(auction, ":current", []), "");
});

Deno.test("revisionsBetween() asks for the current revision only where it is named", () => {
  const range = { from: "aaa111", to: "head" };
  const asked = () => assert.fail("nobody asked for it");
  revisionsBetween(graphOf(auction), range, asked);
});

Deno.test("revisionsBetween() refuses ends that do not follow each other", () => {
  assert.throws(() => between(auction, "ccc333:ddd444"), { code: "not-an-ancestor" });
  const turned = { code: "not-an-ancestor", hint: "Did you mean --rev-range aaa111:fff666?" };
  assert.throws(() => between(auction, "fff666:aaa111"), turned);
});

Deno.test("namedBy() knows ids, labels, symbols and steps", () => {
  const named = (text: string, current: readonly string[] = []) =>
    namedBy(graphOf(branches), text, () => current).join(" ");
  assert.equal(named("shop2"), "shop2");
  assert.equal(named("bank@head"), "bank3");
  assert.equal(named("heads"), "shop3 bank3");
  assert.equal(named("base"), "");
  assert.equal(named("current", ["shop2", "bank1"]), "shop2 bank1");
  assert.equal(named("current-1", ["shop2"]), "shop1");
  assert.equal(named("-1", ["shop2"]), "shop1");
  assert.equal(named("shop1+2"), "shop3");
});

Deno.test("namedBy() refuses what is no one revision", () => {
  const named = (text: string, current: readonly string[] = []) => () =>
    namedBy(graphOf(branches), text, () => current);
  assert.throws(named("head"), { code: "several-heads" });
  assert.throws(named("current+1", ["shop2", "bank1"]), { code: "ambiguous-revision" });
  assert.throws(named("shop1-1"), { code: "too-far" });
  assert.throws(named("nosuch"), { code: "unknown-revision" });
});
