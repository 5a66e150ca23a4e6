import assert from "node:assert/strict";
import { Site } from "./migrate/cli.ts";
import { GOOD } from "./rehearse/corpus/good.ts";
import { findingsOf, rehearseCases, requireFindings } from "./rehearse/corpus/rehearsal.ts";

Deno.test("a rehearsal lets good migrations pass", async (t) => {
  await using site = await Site.open();
  await site.startApp();
  const report = await rehearseCases(site, GOOD);
  assert.deepEqual(report.findings, []);
  assert.equal(report.verdict, "passed");
  for (const [at, one] of GOOD.entries()) {
    await t.step(`${one.name} must pass`, () => requireFindings(one, findingsOf(report, at)));
  }
});
