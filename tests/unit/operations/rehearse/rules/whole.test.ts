import assert from "node:assert/strict";
import { RevisionGraph } from "../../../../../src/migrators/alembic/revisions.ts";
import { judgeWhole } from "../../../../../src/operations/rehearse/rules/judge.ts";
import { parseRules } from "../../../../../src/operations/rehearse/rules/settings.ts";
import type { WholeContext } from "../../../../../src/operations/rehearse/rules/whole.ts";
import { verdictOf } from "../../../../../src/reports/rehearsal_verdict.ts";
import { named, revision } from "./rehearsed.ts";

const LINE = new RevisionGraph([revision("b", ["a"]), revision("a")]);
const FORK = new RevisionGraph([revision("c", ["a"]), revision("b", ["a"]), revision("a")]);

function whole(given: Partial<WholeContext>) {
  return judgeWhole({
    settings: parseRules({}),
    allowed: new Set(),
    graph: LINE,
    from: ["a"],
    pending: ["b"],
    drift: null,
    trials: [],
    ...given,
  });
}

Deno.test("a line of revisions, models that agree and an app that works must pass", () => {
  const drift = { fresh: [], known: ["add_column"], unknown: null };
  const trials = [{ what: "run", command: "pytest", ok: true, tookMs: 1, exitCode: 0, output: "" }];
  assert.deepEqual(whole({ drift, trials: trials as WholeContext["trials"] }), []);
});

Deno.test("two heads since one revision must fail, with the merge", () => {
  const [finding] = whole({ graph: FORK });
  assert.deepEqual([finding?.rule, finding?.level, finding?.revision], [
    "several-heads",
    "fail",
    null,
  ]);
  assert.match(finding?.text ?? "", /^There are 2 heads since a: c \(do c\) and b \(do b\)\./);
});

Deno.test("branches that are kept apart by a base or labels must pass", () => {
  const bases = new RevisionGraph([revision("b"), revision("a")]);
  assert.deepEqual(whole({ graph: bases, pending: [] }), []);
  const labelled = new RevisionGraph([
    revision("c", ["a"], { labels: ["shop"] }),
    revision("b", ["a"], { labels: ["blog"] }),
    revision("a"),
  ]);
  assert.deepEqual(whole({ graph: labelled, pending: [] }), []);
});

Deno.test("a pending revision that is older than an applied one must be told", () => {
  const graph = new RevisionGraph([
    revision("m", ["b", "c"], { created: "2026-05-03 10:00:00" }),
    revision("c", ["a"], { created: "2026-05-01 10:00:00" }),
    revision("b", ["a"], { created: "2026-05-02 10:00:00" }),
    revision("a", [], { created: "2026-04-01 10:00:00" }),
  ]);
  const findings = whole({ graph, from: ["b"], pending: ["c", "m"] });
  assert.deepEqual(named(findings), ["out-of-order warn"]);
  assert.match(
    findings[0]?.text ?? "",
    /^c is pending, and was written before b, which is applied/,
  );
  assert.deepEqual(whole({ graph, from: ["c"], pending: ["b", "m"] }), []);
});

Deno.test("drift that is new, or could not be looked for, must be told", () => {
  const drift = { fresh: ["add column users.city"], known: [], unknown: null };
  assert.deepEqual(named(whole({ drift })), ["model-drift warn"]);
  const unknown = { fresh: [], known: [], unknown: "env.py sets no target_metadata" };
  assert.match(
    whole({ drift: unknown })[0]?.text ?? "",
    /schema: env\.py sets no target_metadata\.$/,
  );
});

Deno.test("a revision from the models must be read first, most of all where it would drop data", () => {
  const fixOf = (fresh: string[], known: string[] = []) =>
    whole({ drift: { fresh, known, unknown: null } })[0]?.fix?.split("\n");
  const command = 'oakum revision --autogenerate -m "what the models ask for"';
  assert.deepEqual(fixOf(["add column users.city"]), [
    "# Read the file before it is applied.",
    command,
  ]);
  assert.deepEqual(fixOf(["remove column users.city", "remove index a on b (c)"]), [
    "# Read the file before it is applied: it would drop data (remove column users.city).",
    command,
  ]);
  assert.deepEqual(fixOf(["add column users.city"], ["remove table a\nb"]), [
    "# Read the file before it is applied: it would drop data (remove table a\\nb).",
    command,
  ]);
});

Deno.test("an app that fails on the new schema must fail, with its last line", () => {
  const trial = { ok: false, tookMs: 3200, exitCode: 1, output: "...\n1 failed\n" };
  const findings = whole({
    trials: [
      { ...trial, what: "run", command: "pytest -q" },
      { ...trial, what: "health", command: "http://localhost:8000/health", exitCode: null },
    ],
  });
  assert.deepEqual(named(findings), ["app-command-fails fail", "app-unhealthy fail"]);
  assert.match(
    findings[0]?.text ?? "",
    /^`pytest -q` ended with exit code 1 .* Its last line: 1 failed$/,
  );
});

Deno.test("the verdict must leave out what is allowed by name", () => {
  const found = whole({ graph: FORK });
  const verdict = (findings: typeof found) => verdictOf({ revisions: [], findings });
  assert.equal(verdict(found), "failed");
  assert.equal(verdict(whole({ graph: FORK, allowed: new Set(["several-heads"]) })), "passed");
  assert.equal(verdict(found.map((one) => ({ ...one, level: "warn" }))), "warnings");
  assert.equal(verdict([]), "passed");
});
