import assert from "node:assert/strict";
import { Site } from "./migrate/cli.ts";
import { BAD_DATA } from "./rehearse/corpus/bad_data.ts";
import { BAD_DOWNGRADES } from "./rehearse/corpus/bad_downgrades.ts";
import { BAD_HABITS } from "./rehearse/corpus/bad_habits.ts";
import { BAD_LOCKS } from "./rehearse/corpus/bad_locks.ts";
import type { Case } from "./rehearse/corpus/case.ts";
import { FAILING } from "./rehearse/corpus/failing.ts";
import { fixed, fixedDowngrade } from "./rehearse/corpus/fixed.ts";
import { GOOD } from "./rehearse/corpus/good.ts";
import { findingsOf, rehearseCases, requireFindings } from "./rehearse/corpus/rehearsal.ts";

/** Whose fix is a whole revision, and not a way of thinking about it. */
const WHOLE = [
  ...["blocks-reads", "blocks-writes", "rewrite-over", "volatile-default", "not-null-scan"],
  ...["constraint-scan", "fk-without-index"],
];

Deno.test("a rehearsal finds what is wrong with bad migrations, and nothing else", async (t) => {
  await using site = await Site.open();
  await site.startApp();
  const mended: Case[] = [];

  const bad = [...BAD_LOCKS, ...BAD_DATA, ...BAD_DOWNGRADES, ...BAD_HABITS];
  await t.step("bad ones", async (t) => {
    const report = await rehearseCases(site, bad);
    assert.equal(report.verdict, "failed");
    for (const [at, one] of bad.entries()) {
      await t.step(`${one.name} must be found`, () => {
        const found = findingsOf(report, at);
        requireFindings(one, found);
        mended.push(...found.flatMap(({ rule, fix }) => mend(one, rule, fix)));
      });
    }
  });

  await t.step("good ones", async (t) => {
    const report = await rehearseCases(site, GOOD);
    assert.deepEqual(report.findings, []);
    assert.equal(report.verdict, "passed");
    for (const [at, one] of GOOD.entries()) {
      await t.step(`${one.name} must pass`, () => requireFindings(one, findingsOf(report, at)));
    }
  });

  await t.step("bad ones, written as their findings say", async (t) => {
    assert.ok(mended.length > 20, `only ${mended.length} revisions`);
    // A batch of ten thousand rows is more than a table of the tests has.
    const rules = { "many-rows": "off", "downgrade-raises": "off" };
    const report = await rehearseCases(site, mended, { rules });
    for (const [at, one] of mended.entries()) {
      await t.step(`${one.name} must pass`, () => requireFindings(one, findingsOf(report, at)));
    }
  });

  for (const one of FAILING) {
    await t.step(`${one.name} must be found`, async () => {
      const beside = one.beside === undefined
        ? []
        : [{ id: "aside", down: "base0", doc: "aside", upgrade: [one.beside] }];
      const args = ["heads", "--timeout", "20s"];
      const options = { beside, args, ...(one.env ? { env: one.env } : {}) };
      const report = await rehearseCases(site, [one], options);
      assert.equal(report.verdict, "failed");
      const first = report.revisions.filter(({ revision }) => revision === "case01");
      requireFindings(one, [...first.flatMap(({ findings }) => findings), ...report.findings]);
    });
  }
});

function mend(one: Case, rule: string, fix: string | null): Case[] {
  if (fix === null || fix.startsWith("# A revision of its own for each")) return [];
  if (rule === "downgrade-leaves") return [fixedDowngrade(one, fix)];
  const rows = rule === "many-rows" && one.name === "many rows changed at once";
  return WHOLE.includes(rule) || rows ? fixed(one, fix) : [];
}
