import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import {
  downgradeSteps,
  namedTargets,
  type Step,
  upgradeSteps,
  wayBack,
} from "../../../src/migrators/alembic/resolve.ts";
import { stampedHeads } from "../../../src/migrators/alembic/stamp.ts";
import { auction, branches, graphOf, type Sketch } from "./graphs.ts";

const ids = (steps: readonly Step[]) => steps.map((step) => step.revision.id).join(" ");

function up(sketches: readonly Sketch[], target: string, ...current: string[]): string {
  return ids(upgradeSteps(graphOf(sketches), target, current));
}

function down(sketches: readonly Sketch[], target: string, ...current: string[]): string {
  return ids(downgradeSteps(graphOf(sketches), target, current));
}

function refused(code: string, run: () => unknown): OakumError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof OakumError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  throw new assert.AssertionError({ message: `expected ${code}` });
}

const forked: readonly Sketch[] = auction.slice(0, 4);

Deno.test("upgradeSteps() applies everything that is missing, parents first", () => {
  assert.equal(up(auction, "head"), "aaa111 bbb222 ddd444 ccc333 eee555 fff666");
  assert.equal(up(auction, "heads", "bbb222"), "ddd444 ccc333 eee555 fff666");
  assert.equal(up(auction, "eee555", "ccc333"), "ddd444 eee555");
  assert.equal(up(auction, "head", "fff666"), "");
  assert.equal(up(auction, "bbb222", "fff666"), "");
  assert.equal(up(auction, "base", "bbb222"), "");
});

Deno.test("upgradeSteps() takes the beginning of an id, and labels", () => {
  assert.equal(up(auction, "ee", "ccc333", "ddd444"), "eee555");
  assert.equal(up(branches, "bank", "shop2"), "bank1");
  assert.equal(up(branches, "bank@head", "shop2"), "bank1 bank2 bank3");
  assert.equal(up(branches, "bank@heads", "bank1"), "bank2 bank3");
  assert.equal(up(branches, "bank@bank2"), "bank1 bank2");
});

Deno.test("upgradeSteps() counts from the database or from a revision", () => {
  assert.equal(up(auction, "+1"), "aaa111");
  assert.equal(up(auction, "+1", "eee555"), "fff666");
  assert.equal(up(auction, "aaa111+1"), "aaa111 bbb222");
  assert.equal(up(auction, "fff666-1", "bbb222"), "ddd444 ccc333 eee555");
  assert.equal(up(branches, "bank@+2"), "bank1 bank2");
  assert.equal(up(branches, "shop@+1", "shop1", "bank1"), "shop2");
});

Deno.test("upgradeSteps() applies what a revision depends on before it", () => {
  assert.equal(up(branches, "shop@head"), "bank1 bank2 shop1 shop2 shop3");
  assert.equal(up(branches, "+1", "shop2"), "bank1 bank2 shop3");
});

Deno.test("namedTargets() tells what needs no database, and refuses what no database helps", () => {
  const graph = graphOf(auction);
  assert.deepEqual(namedTargets(graph, "head"), ["fff666"]);
  assert.deepEqual(namedTargets(graph, "ddd444+1"), ["eee555"]);
  assert.equal(namedTargets(graph, "+9"), undefined);
  refused("unknown-revision", () => namedTargets(graph, "nowhere"));
  refused("wrong-way", () => namedTargets(graph, "-1"));
  refused("too-far", () => namedTargets(graph, "fff666+1"));
});

Deno.test("each step says what the version table holds before and after it", () => {
  const steps = upgradeSteps(graphOf(branches), "heads", ["shop2", "bank2"]);
  assert.deepEqual(steps.map((step) => [step.headsBefore, step.headsAfter]), [
    [["shop2", "bank2"], ["shop2", "bank3"]],
    [["shop2", "bank3"], ["shop3", "bank3"]],
  ]);
});

Deno.test("upgradeSteps() refuses head with several heads, naming them and where they part", () => {
  const error = refused("several-heads", () => up(forked, "head", "aaa111"));
  assert.match(error.message, /ccc333 \(give artworks a status\) and ddd444 \(create payments\)/);
  assert.match(error.message, /part at bbb222 \(create bids\)/);
  assert.match(error.message, /^On the branch of ddd444 since: ddd444 \(create payments\)\.$/m);
  const { heads, commonAncestors, conflicts } = error.data;
  assert.deepEqual([heads, commonAncestors], [["ccc333", "ddd444"], ["bbb222"]]);
  assert.deepEqual(conflicts, []);
});

Deno.test("upgradeSteps() refuses a relative target that may lead two ways", () => {
  assert.deepEqual(refused("ambiguous-revision", () => up(forked, "+1", "bbb222")).data, {
    target: "+1",
    candidates: ["ccc333", "ddd444"],
  });
  refused("ambiguous-revision", () => up(auction, "+1", "ccc333", "ddd444"));
  refused("ambiguous-revision", () => up(auction, "eee555-1"));
  refused("too-far", () => up(auction, "+9", "eee555"));
  refused("wrong-way", () => up(auction, "-1", "bbb222"));
});

Deno.test("an unknown name is refused with what it may have meant", () => {
  const typo = refused("unknown-revision", () => up(auction, "ddd344"));
  assert.equal(typo.hint, "Did you mean ddd444?");
  assert.equal(typo.outcome, "notFound");
  assert.match(refused("unknown-revision", () => up(auction, "payments")).hint ?? "", /ddd444/);
  assert.match(refused("unknown-revision", () => up(auction, "zzz999")).hint ?? "", /history/);
  refused("unknown-revision", () => up(branches, "nowhere@head"));
  refused("ambiguous-revision", () => up(branches, "shop@s"));
  refused("not-on-branch", () => up(branches, "bank@shop2"));
});

Deno.test("a database at a revision without a file is refused as such", () => {
  const error = refused("unknown-current-revision", () => up(auction, "head", "0000"));
  assert.equal(error.outcome, "refused");
  assert.deepEqual(error.data, { unknown: ["0000"] });
});

Deno.test("downgradeSteps() undoes what is above the target, newest first", () => {
  assert.equal(down(auction, "base", "fff666"), "fff666 eee555 ccc333 ddd444 bbb222 aaa111");
  assert.equal(down(auction, "bbb222", "fff666"), "fff666 eee555 ccc333 ddd444");
  assert.equal(down(auction, "ddd444", "fff666"), "fff666 eee555");
  assert.equal(down(auction, "-1", "fff666"), "fff666");
  assert.equal(down(auction, "-1", "aaa111"), "aaa111");
  assert.equal(down(auction, "fff666-1", "fff666"), "fff666");
  assert.equal(down(auction, "aaa111+1", "fff666"), "fff666 eee555 ccc333 ddd444");
  assert.equal(down(auction, "fff", "fff666"), "");
});

Deno.test("downgradeSteps() keeps to a branch, and takes along what depends on it", () => {
  assert.equal(down(branches, "shop@base", "shop2", "bank3"), "shop2 shop1");
  assert.equal(down(branches, "bank@base", "shop3", "bank3"), "shop3 bank3 bank2 bank1");
  assert.equal(down(branches, "shop@-1", "shop2", "bank3"), "shop2");
  assert.equal(down(branches, "bank@-1", "shop3"), "shop3 bank2");
  assert.equal(down(forked, "ccc333@bbb222", "ccc333", "ddd444"), "ccc333");
});

Deno.test("downgradeSteps() refuses what is ambiguous or not there", () => {
  assert.deepEqual(
    refused("ambiguous-revision", () => down(forked, "-1", "ccc333", "ddd444")).data,
    { target: "-1", candidates: ["ccc333", "ddd444"] },
  );
  refused("ambiguous-revision", () => down(auction, "-2", "fff666"));
  refused("too-far", () => down(auction, "-3", "bbb222"));
  refused("too-far", () => down(auction, "-1"));
  refused("wrong-way", () => down(auction, "+1", "bbb222"));
  refused("not-applied", () => down(auction, "fff666", "bbb222"));
  refused("not-on-branch", () => down(branches, "bank@shop1", "shop3", "bank3"));
  refused("several-heads", () => down(forked, "heads-1", "ccc333", "ddd444"));
});

Deno.test("stampedHeads() moves the branch of the target and leaves the others", () => {
  const stamp = (sketches: readonly Sketch[], targets: string[], ...current: string[]) =>
    stampedHeads(graphOf(sketches), targets, current).join(" ");
  assert.equal(stamp(auction, ["head"]), "fff666");
  assert.equal(stamp(auction, ["bbb222"], "fff666"), "bbb222");
  assert.equal(stamp(auction, ["eee555"], "ccc333", "ddd444"), "eee555");
  assert.equal(stamp(branches, ["shop1"], "shop2", "bank3"), "shop1 bank3");
  assert.equal(stamp(branches, ["heads"], "shop1"), "shop3 bank3");
  assert.equal(stamp(branches, ["base"], "shop2", "bank3"), "");
  assert.equal(stamp(branches, ["bank@base"], "shop2", "bank3"), "shop2");
  assert.equal(stamp(auction, ["ccc333", "ddd444"], "fff666"), "ccc333 ddd444");
});

Deno.test("stampedHeads() refuses relative targets, and unknown revisions unless purged", () => {
  const graph = graphOf(auction);
  refused("relative-stamp", () => stampedHeads(graph, ["+1"], ["aaa111"]));
  refused("unknown-current-revision", () => stampedHeads(graph, ["head"], ["0000"]));
  assert.deepEqual(stampedHeads(graph, ["head"], ["0000"], true), ["fff666"]);
});

Deno.test("wayBack() names what undoes an upgrade, and nothing that would undo less or more", () => {
  const back = (sketches: readonly Sketch[], target: string, ...current: string[]) => {
    const graph = graphOf(sketches);
    return wayBack(graph, upgradeSteps(graph, target, current));
  };
  assert.equal(back(auction, "bbb222", "aaa111"), "aaa111");
  assert.equal(back(auction, "head"), "base");
  assert.equal(back(auction, "head", "bbb222"), "bbb222");
  assert.equal(back(auction, "head", "eee555"), "eee555");
  const odd: readonly Sketch[] = [{ id: "2026-1" }, { id: "next", down: ["2026-1"] }];
  assert.equal(back(odd, "next", "2026-1"), undefined);
  // Across a merge a downgrade to one side leaves the other side applied.
  assert.equal(back(auction, "head", "ccc333"), undefined);
  assert.equal(back(auction, "head", "ccc333", "ddd444"), undefined);
  assert.equal(back(auction, "head", "fff666"), undefined);
});
