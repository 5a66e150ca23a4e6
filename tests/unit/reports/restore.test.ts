import assert from "node:assert/strict";
import { broughtBack, type RestorePlan } from "../../../src/reports/restore.ts";

const PLAN: RestorePlan = {
  ...{ kind: "restore-plan", backup: "db_backup_1", takenAt: "2026-11-22T02:00:00Z" },
  target: { project: "shop", service: "db", database: "shop" },
  ...{ reason: "before rollback bbbb2", note: null, revisions: ["bbbb2"], standsAt: ["aaaa1"] },
  ...{ dumpBytes: 1, databaseBytes: 10e6, database: "shop", replaces: { bytes: 1 }, loses: [] },
  ...{ loadsInto: "shop__restore", roles: [], room: [], findings: [], warnings: [] },
};

Deno.test("what would bring back a revision that was taken back must be seen to", () => {
  assert.deepEqual(broughtBack(PLAN, PLAN.takenAt), [
    "It was taken 2026-11-22T02:00:00Z, before rollback bbbb2, of a database of 10 MB.",
    'It is at revision bbbb2, and "shop" is at revision aaaa1 now.',
  ]);
});

Deno.test("what is not known of the revisions must not be said", () => {
  const said = (given: Partial<RestorePlan>) => broughtBack({ ...PLAN, ...given }, "now").slice(1);
  assert.deepEqual(said({ standsAt: ["bbbb2"] }), ['It is at revision bbbb2, as "shop" is now.']);
  assert.deepEqual(said({ standsAt: null }), ["It is at revision bbbb2."]);
  assert.deepEqual(said({ revisions: null, standsAt: null }), []);
  assert.deepEqual(said({ revisions: null }), [
    'It has no migrations, and "shop" is at revision aaaa1 now.',
  ]);
  assert.deepEqual(said({ revisions: [], standsAt: ["b", "a"], note: "the good one" }), [
    "Its note: the good one",
    'It is at base, with nothing applied, and "shop" is at revisions a, b now.',
  ]);
});
