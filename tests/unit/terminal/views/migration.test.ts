import assert from "node:assert/strict";
import type { MigrationPlan } from "../../../../src/reports/migration.ts";
import { showPlan } from "../../../../src/terminal/views/migration.ts";
import { written } from "./reports.ts";

const PLAN: MigrationPlan = {
  ...{ kind: "migration-plan", direction: "upgrade", app: "web", from: [], to: ["aaaa1"] },
  target: { project: "shop", service: "db", database: "shop" },
  steps: [{
    ...{ revision: "aaaa1", doc: "drop the notes", file: "/a.py" },
    ...{ state: "pending", tookMs: null, tries: 0 },
  }],
  backup: { taken: true, why: "A backup is taken first." },
  ...{ lockTimeoutMs: 3000, warnings: [] },
};

Deno.test("a plan that would be refused must say so first, and why, and what lets it through", () => {
  const refused = [{
    code: "rehearsal-failed",
    message: "The rehearsal found what stops this upgrade:\n  aaaa1 data-lost: 3 values go.",
    hint: "If it is right as it is: oakum upgrade --allow data-lost",
  }];
  const text = written((page) => showPlan({ ...PLAN, refused }, page));
  assert.equal(
    text.slice(0, text.indexOf(":\n   REVISION")),
    `This upgrade would be refused as it is.
The rehearsal found what stops this upgrade:
  aaaa1 data-lost: 3 values go.
If it is right as it is: oakum upgrade --allow data-lost
Otherwise it would apply 1 revision, from base (nothing applied) to aaaa1`,
  );
});

Deno.test("a plan that nothing is known against must say what it would do", () => {
  assert.match(written((page) => showPlan(PLAN, page)), /^Would apply 1 revision, from base/);
});
