import assert from "node:assert/strict";
import { Site } from "./migrate/cli.ts";
import { BAD_DATA } from "./rehearse/corpus/bad_data.ts";
import { BAD_DOWNGRADES } from "./rehearse/corpus/bad_downgrades.ts";
import { BAD_HABITS } from "./rehearse/corpus/bad_habits.ts";
import { BAD_LOCKS } from "./rehearse/corpus/bad_locks.ts";
import type { Case } from "./rehearse/corpus/case.ts";
import { fixOfFailure } from "../../src/operations/rehearse/rules/fixes/failure.ts";
import { findingWith } from "../unit/reports/rehearsals.ts";
import { mended } from "./rehearse/corpus/fixed.ts";
import { findingsOf, rehearseCases, requireFindings } from "./rehearse/corpus/rehearsal.ts";

/** What a rehearsal says of a revision that cannot be measured, since it ends with an error. */
const NULLS = fixOfFailure({
  ...{ kind: "failed", file: null, line: null },
  message: 'column "mayor" of relation "villages" contains null values',
  details: ["SQL: ALTER TABLE villages ADD COLUMN mayor TEXT NOT NULL"],
});
const FAILS: Case = {
  name: "a column that old rows have no value for",
  tables: { villages: "big" },
  ...{ upgrade: [], downgrade: [], rules: ["upgrade-fails"] },
};

Deno.test("a rehearsal finds what is wrong with bad migrations, and nothing else; written as it says, they pass", async (t) => {
  await using site = await Site.open();
  await site.startApp();
  const advised = mended(FAILS, [findingWith({ rule: "upgrade-fails", fix: NULLS ?? null })]);

  const bad = [...BAD_LOCKS, ...BAD_DATA, ...BAD_DOWNGRADES, ...BAD_HABITS];
  await t.step("bad ones", async (t) => {
    const report = await rehearseCases(site, bad);
    assert.equal(report.verdict, "failed");
    for (const [at, one] of bad.entries()) {
      await t.step(`${one.name} must be found`, () => {
        const found = findingsOf(report, at);
        requireFindings(one, found);
        advised.push(...mended(one, found));
      });
    }
  });

  await t.step("bad ones, written as their findings say", async (t) => {
    assert.ok(advised.length > 60, `only ${advised.length} revisions`);
    // A batch of ten thousand rows is more than a table of the tests has.
    const rules = { "many-rows": "off", "downgrade-raises": "off" };
    const args = ["--allow", "data-lost"];
    const report = await rehearseCases(site, advised, { rules, args });
    for (const [at, one] of advised.entries()) {
      await t.step(`${one.name} must pass`, () => requireFindings(one, findingsOf(report, at)));
    }
  });
});
