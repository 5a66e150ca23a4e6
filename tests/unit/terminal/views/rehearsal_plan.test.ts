import assert from "node:assert/strict";
import type { RehearsalPlan } from "../../../../src/reports/rehearsal_plan.ts";
import { localTime } from "../../../../src/terminal/page.ts";
import { showRehearsalPlan } from "../../../../src/terminal/views/rehearsal_plan.ts";
import { DEAR, rehearsalWith, revisionWith } from "../../reports/rehearsals.ts";
import { written } from "./reports.ts";

const { target, app, from, to, data, image } = rehearsalWith();
const PLAN: RehearsalPlan = {
  ...{ kind: "rehearsal-plan", target, app, from, to, data, image },
  revisions: [DEAR, revisionWith()].map(({ revision, doc, file }) => ({ revision, doc, file })),
  trials: [{ what: "run", command: "pytest -q" }],
  services: ["redis"],
  timeoutMs: 1_800_000,
  warnings: ["The newest backup is 12 hours old."],
};

Deno.test("a plan says what is rehearsed, on what, and that the database is left alone", () => {
  const taken = `${localTime(new Date("2026-11-22T02:00:00Z"))} (12 hours ago)`;
  assert.equal(
    written((page) => showRehearsalPlan(PLAN, page)),
    `Would rehearse 2 revisions, from e1f5803c9b2d to 0a7c6e4d8f13, on a copy of
backup db_backup_20261122_020000, data of ${taken}:
REVISION      WHAT
4f1c09ab27de  move addresses out of users
0a7c6e4d8f13  close every auction
data       19 MB
app        web, auction-web:latest
services   redis
then runs  pytest -q
a step     30 min 0 s at most
All of it happens in a sandbox without a network; the database is not touched.
The newest backup is 12 hours old.
`,
  );
});

Deno.test("a plan without a revision says where the copy would be", () => {
  const text = written((page) => showRehearsalPlan({ ...PLAN, revisions: [] }, page));
  assert.match(text, /^Nothing to rehearse: the copy would be at e1f5803c9b2d already\.\n/);
});
