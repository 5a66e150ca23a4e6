import assert from "node:assert/strict";
import type { JournalEntry } from "../../../src/backups/journal_entry.ts";
import { applications } from "../../../src/operations/revisions/applications.ts";
import { schemaLeft } from "../../../src/operations/migrate/undone.ts";
import { rememberedFingerprint } from "../../../src/operations/stamp/remembered.ts";
import { graphOf } from "../alembic/graphs.ts";

const OLD = "a".repeat(64);
const NEW = "b".repeat(64);
const GRAPH = graphOf([
  { id: "one" },
  { id: "two", down: ["one"] },
  { id: "three", down: ["two"] },
]);
let seconds = 0;

/** An intent and its outcome, as a run writes them for one step. */
function step(
  operation: "upgrade" | "downgrade" | "stamp",
  intent: Record<string, string | string[]>,
  outcome: Record<string, string | string[]>,
  ok = true,
): JournalEntry[] {
  const id = `run.${++seconds}`;
  const at = `2026-11-22T14:00:${String(seconds).padStart(2, "0")}Z`;
  const entry = { v: 1 as const, at, run: "run", id, operation, step: "apply" };
  return [
    { ...entry, kind: "intent", data: intent },
    { ...entry, kind: "outcome", ok, data: outcome },
  ];
}

Deno.test("applications() has the last application of what is still applied", () => {
  const found = applications([
    ...step("upgrade", { revision: "one", sha256: OLD }, {}),
    ...step("downgrade", { revision: "one", sha256: OLD }, {}),
    ...step("upgrade", { revision: "one", sha256: NEW }, {}),
    ...step("upgrade", { revision: "two", sha256: OLD }, {}),
    ...step("downgrade", { revision: "two", sha256: OLD }, {}),
    ...step("upgrade", { revision: "three", sha256: OLD }, {}, false),
  ], GRAPH);
  assert.deepEqual([...found.keys()], ["one"]);
  assert.equal(found.get("one")?.sha256, NEW);
});

Deno.test("applications() passes over a step that never ended", () => {
  const [intent] = step("upgrade", { revision: "one", sha256: OLD }, {});
  assert.equal(applications([intent!], GRAPH).size, 0);
});

/** The intent and the outcome of an upgrade by one revision. */
function up(revision: string, from: string[]): JournalEntry[] {
  return step("upgrade", { revision, sha256: OLD, from, to: [revision] }, {});
}

Deno.test("applications() forgets what a stamp takes away, and does not believe what one adds", () => {
  const both = [...up("one", []), ...up("two", ["one"])];
  const stamp = (from: string[], to: string[]) => {
    return step("stamp", { from, to }, {}).map((entry) => ({ ...entry, step: "stamp" }));
  };
  const away = [...both, ...stamp(["two"], ["one"])];
  assert.deepEqual([...applications(away, GRAPH).keys()], ["one"]);
  const back = [...away, ...stamp(["one"], ["two"])];
  assert.deepEqual([...applications(back, GRAPH).keys()], ["one"]);
});

Deno.test("applications() forgets what was gone when a later move began, as after a restore", () => {
  const entries = [...up("one", []), ...up("two", ["one"]), ...up("two", ["one"]).slice(0, 1)];
  assert.deepEqual([...applications(entries, GRAPH).keys()], ["one"]);
  const elsewhere = [...up("one", []), ...up("three", ["gone"])];
  assert.deepEqual([...applications(elsewhere, GRAPH).keys()], ["one", "three"]);
});

Deno.test("rememberedFingerprint() is the one that a migration last left at these heads", () => {
  const entries = [
    ...step("upgrade", {}, { heads: ["one", "two"], fingerprint: OLD }),
    ...step("downgrade", {}, { heads: ["two", "one"], fingerprint: NEW }),
    ...step("upgrade", {}, { heads: ["three"], fingerprint: OLD }),
  ];
  assert.equal(rememberedFingerprint(entries, ["one", "two"]), NEW);
  assert.equal(rememberedFingerprint(entries, ["three"]), OLD);
  assert.equal(rememberedFingerprint(entries, ["four"]), undefined);
});

Deno.test("rememberedFingerprint() believes neither a stamp nor a step that failed", () => {
  const entries = [
    ...step("upgrade", {}, { heads: [], fingerprint: OLD }),
    ...step("stamp", {}, { heads: [], fingerprint: NEW }),
    ...step("downgrade", {}, { heads: [], fingerprint: NEW }, false),
  ];
  assert.equal(rememberedFingerprint(entries, []), OLD);
});

Deno.test("schemaLeft() is what the last move left, where one of them was a downgrade", () => {
  const up = step("upgrade", { revision: "one" }, { fingerprint: OLD });
  const down = step("downgrade", { revision: "one" }, { fingerprint: NEW });
  const failed = step("downgrade", { revision: "one" }, { fingerprint: OLD }, false);
  assert.equal(schemaLeft([...up, ...down], 0), NEW);
  assert.equal(schemaLeft([...down, ...up], 0), OLD);
  assert.equal(schemaLeft([...up, ...failed], 0), undefined);
  assert.equal(schemaLeft(down, Date.parse(down[0]!.at) + 1000), undefined);
  assert.equal(schemaLeft([...down, ...step("upgrade", {}, { heads: [] })], 0), undefined);
  // One that was killed is settled by the next run, which says what it found.
  assert.equal(schemaLeft([...down, ...step("upgrade", {}, { left: OLD }, false)], 0), OLD);
});
