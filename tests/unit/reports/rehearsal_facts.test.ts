import assert from "node:assert/strict";
import { RULES } from "../../../src/operations/rehearse/rules/table.ts";
import { untoldDrift } from "../../../src/reports/rehearsal_app.ts";
import {
  factsOf,
  failureBehind,
  failuresOf,
  untoldFailures,
} from "../../../src/reports/rehearsal_facts.ts";
import { nextText } from "../../../src/reports/rehearsal_next.ts";
import { rowsText, worstLock } from "../../../src/reports/rehearsal_words.ts";
import { BROKEN, DEAR, findingWith, FOUND, rehearsalWith, revisionWith } from "./rehearsals.ts";

const again = { same: false, failure: null, differences: [] };

/** What is told of a revision that has a finding of this rule. */
const told = (rule: string) => {
  const findings = [findingWith({ rule, text: "It is so." })];
  const report = rehearsalWith({ findings, drift: { fresh: ["a"], known: [], unknown: null } });
  return [factsOf({ ...DEAR, again, findings }).length, untoldDrift(report) === null].join();
};

Deno.test("facts are left to a finding of theirs, and to no other rule's", () => {
  const others = told("a-rule-of-another-thing");
  const silent = RULES.map(({ id }) => id).filter((id) => told(id) !== others);
  assert.deepEqual(silent.toSorted(), [
    "data-lost",
    "downgrade-cosmetic",
    "downgrade-empty",
    "downgrade-fails",
    "downgrade-leaves",
    "downgrade-lossy",
    "downgrade-missing",
    "downgrade-raises",
    "model-drift",
    "model-unknown",
    "not-repeatable",
  ]);
});

Deno.test("a failure is behind the finding that has its message, and told once", () => {
  const [, broken] = BROKEN.revisions;
  assert.ok(broken);
  const [finding] = broken.findings;
  assert.ok(finding);
  assert.equal(failureBehind(finding, broken), broken.failure);
  assert.deepEqual(untoldFailures(broken), []);
  const other = { ...broken, findings: [findingWith()] };
  assert.deepEqual(untoldFailures(other), failuresOf(other));
  const nameless = { ...broken, failure: broken.failure && { ...broken.failure, message: " " } };
  assert.equal(untoldFailures(nameless).length, 1);
});

Deno.test("a downgrade that is missing must be told once, and never as a step that failed", () => {
  const failure = {
    ...{ kind: "missing", message: "There is no downgrade().", details: [] },
    ...{ file: "/x.py", line: null },
  };
  const downgrade = { ...revisionWith().downgrade, verdict: "none", failure } as const;
  const silent = revisionWith({ downgrade, again: null });
  const finding = findingWith({ rule: "downgrade-missing", level: "warn", text: "No way." });
  const told = { ...silent, findings: [finding] };
  assert.deepEqual([untoldFailures(silent), untoldFailures(told)], [[], []]);
  assert.deepEqual(factsOf(silent), ["it has no way back: its downgrade is missing, or refuses"]);
  assert.deepEqual(factsOf(told), []);
});

Deno.test("the worst lock is that which keeps most people out, then the longest", () => {
  const { upgrade } = DEAR;
  assert.ok(upgrade);
  assert.equal(worstLock(upgrade)?.mode, "ACCESS EXCLUSIVE");
  const locks = upgrade.locks.filter(({ mode }) => mode === "SHARE")
    .flatMap((lock) => [lock, { ...lock, heldMs: 2000 }, { ...lock, mode: "ROW SHARE" as const }]);
  assert.equal(worstLock({ ...upgrade, locks })?.heldMs, 2000);
  assert.equal(worstLock({ ...upgrade, locks: locks.slice(2, 3) }), undefined);
});

Deno.test("changed rows are counted by what became of them", () => {
  const { upgrade } = DEAR;
  const [table] = upgrade?.tables ?? [];
  assert.ok(upgrade && table);
  const text = (inserted: number, updated: number, deleted: number) =>
    rowsText({ ...upgrade, tables: [{ ...table, inserted, updated, deleted }] });
  assert.equal(text(0, 0, 0), undefined);
  assert.equal(text(0, 0, 1), "deletes 1 row");
  assert.equal(text(5, 1000, 101), "inserts 5, updates 1,000 and deletes 101 rows");
});

Deno.test("the next command goes to what was rehearsed, and accepts only what can be", () => {
  assert.equal(nextText(rehearsalWith({ to: ["a", "b"] })), "Next: oakum upgrade heads");
  assert.match(nextText(FOUND), / --allow rewrite-over$/);
  assert.equal(nextText(BROKEN), "Next: mend it, then oakum rehearse");
  assert.equal(
    nextText(rehearsalWith({ unseen: ["a"] })),
    "Next, with what is pending before it (a): oakum rehearse",
  );
  const takenBack = rehearsalWith({}).revisions.map(({ revision }) => revision);
  assert.match(nextText(rehearsalWith({ takenBack })), /it is applied already\.$/);
  assert.match(nextText(rehearsalWith({ revisions: [] })), /no revision is pending\.$/);
  const twice = rehearsalWith({
    verdict: "failed",
    to: ["it's"],
    revisions: [revisionWith({ findings: [findingWith(), findingWith({ rule: "x" })] })],
    findings: [findingWith(), findingWith({ rule: "y", allowed: true })],
  });
  assert.match(nextText(twice), /: oakum upgrade 'it'\\''s' --allow rewrite-over --allow x$/);
});
