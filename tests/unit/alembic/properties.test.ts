import assert from "node:assert/strict";
import fc from "fast-check";
import { OakumError } from "../../../src/core/errors.ts";
import { downgradeSteps, type Step, upgradeSteps } from "../../../src/migrators/alembic/resolve.ts";
import type { RevisionGraph } from "../../../src/migrators/alembic/revisions.ts";
import { stampedHeads } from "../../../src/migrators/alembic/stamp.ts";
import { type Situation, situation } from "./histories.ts";

function holds(claim: (situation: Situation) => void): void {
  fc.assert(fc.property(situation, claim), { numRuns: 500 });
}

/** Executes the steps one by one, as a database would, and says which revisions are applied. */
function execute(graph: RevisionGraph, current: readonly string[], steps: readonly Step[]) {
  const applied = graph.ancestors(current, "all");
  for (const { direction, revision, headsBefore, headsAfter } of steps) {
    assert.deepEqual(headsBefore, graph.tips(applied));
    if (direction === "upgrade") {
      assert.ok(!applied.has(revision.id));
      assert.ok(graph.parents(revision.id, "all").every((parent) => applied.has(parent)));
      applied.add(revision.id);
    } else {
      assert.ok(headsBefore.includes(revision.id));
      applied.delete(revision.id);
    }
    assert.deepEqual(headsAfter, graph.tips(applied));
  }
  return applied;
}

Deno.test("an upgrade to heads applies every revision, each after its parents", () => {
  holds(({ graph, current }) => {
    const applied = execute(graph, current, upgradeSteps(graph, "heads", current));
    assert.equal(applied.size, graph.revisions.length);
  });
});

Deno.test("an upgrade to a revision applies what it needs and nothing else", () => {
  holds(({ graph, current, target }) => {
    const applied = execute(graph, current, upgradeSteps(graph, target, current));
    const wanted = graph.ancestors([...current, target], "all");
    assert.deepEqual([...applied].sort(), [...wanted].sort());
  });
});

Deno.test("a downgrade to base undoes everything, each before its parents", () => {
  holds(({ graph, current }) => {
    assert.equal(execute(graph, current, downgradeSteps(graph, "base", current)).size, 0);
  });
});

Deno.test("a downgrade to an applied revision keeps it and undoes all that followed it", () => {
  holds(({ graph, current, target }) => {
    const before = graph.ancestors(current, "all");
    if (!before.has(target)) return;
    const after = execute(graph, current, downgradeSteps(graph, target, current));
    const above = graph.descendants(graph.children(target, "down"), "all");
    assert.deepEqual([...after].sort(), [...before.difference(above)].sort());
  });
});

Deno.test("any step down can be taken up again at once", () => {
  holds(({ graph, current }) => {
    for (const step of downgradeSteps(graph, "base", current).slice(0, 1)) {
      const [again, ...others] = upgradeSteps(graph, step.revision.id, step.headsAfter);
      assert.equal(again?.revision.id, step.revision.id);
      assert.deepEqual(others, []);
      assert.deepEqual(again.headsAfter, step.headsBefore);
    }
  });
});

Deno.test("stamped heads never imply each other, and include the target unless it is implied", () => {
  holds(({ graph, current, target }) => {
    const heads = stampedHeads(graph, [target], current);
    assert.deepEqual(heads, graph.tips(graph.ancestors(heads, "all")));
    assert.ok(graph.ancestors(heads, "all").has(target));
  });
});

Deno.test("every target ends in steps or in an error for people, never in a defect", () => {
  const targets = fc.oneof(
    fc.constantFrom("head", "heads", "base", "", "@", "@head", "label1@head", "label1@+1", "rev"),
    fc.string({ maxLength: 6 }),
    fc.tuple(
      fc.constantFrom("", "rev1x", "label2@", "heads", "base"),
      fc.integer({ min: -3, max: 3 }),
    )
      .map(([start, steps]) => `${start}${steps < 0 ? "" : "+"}${steps}`),
  );
  fc.assert(
    fc.property(situation, targets, ({ graph, current }, target) => {
      for (const resolve of [upgradeSteps, downgradeSteps]) {
        try {
          execute(graph, current, resolve(graph, target, current));
        } catch (error) {
          assert.ok(error instanceof OakumError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});
