import assert from "node:assert/strict";
import { OakumError } from "../../../../../src/core/errors.ts";
import {
  levelAt,
  levelsText,
  parseRules,
  requireRuleNames,
} from "../../../../../src/operations/rehearse/rules/settings.ts";
import { RULES } from "../../../../../src/operations/rehearse/rules/table.ts";

Deno.test("rules must keep their defaults where nothing is set", () => {
  const settings = parseRules({});
  assert.equal(settings.size, RULES.length);
  assert.equal(levelAt(settings, "blocks-reads", 49_999), null);
  assert.equal(levelAt(settings, "blocks-reads", 50_000), "warn");
  assert.equal(levelAt(settings, "blocks-reads", 1_000_000), "fail");
  assert.equal(levelAt(settings, "rewrite-over", 99e6), null);
  assert.equal(levelAt(settings, "rewrite-over", 100e6), "fail");
});

const ROWS: readonly (readonly [string, number | null, number | null])[] = [
  ["off", null, null],
  ["warn", 50_000, null],
  ["fail", null, 50_000],
  ["1000", 1000, 1_000_000],
  ["5,000,000", 5_000_000, 5_000_000],
  ["warn 2000", 2000, null],
  ["fail 200_000", null, 200_000],
  ["warn 10 fail 20", 10, 20],
];

for (const [setting, warn, fail] of ROWS) {
  Deno.test(`blocks-reads: "${setting}" must be read`, () => {
    const levels = parseRules({ "blocks-reads": setting }).get("blocks-reads");
    assert.deepEqual([levels?.warn, levels?.fail], [warn, fail]);
  });
}

Deno.test("sizes and durations must be read with a space before their unit", () => {
  const settings = parseRules({ "rewrite-over": "50 MB", "long-lock": "warn 500 ms fail 2s" });
  assert.deepEqual(settings.get("rewrite-over"), { warn: null, fail: 50e6 });
  assert.deepEqual(settings.get("long-lock"), { warn: 500, fail: 2000 });
});

Deno.test("a rule without a threshold must take a level only", () => {
  assert.deepEqual(parseRules({ renamed: "fail" }).get("renamed"), { warn: null, fail: 0 });
  assert.throws(() => parseRules({ renamed: "5" }), /accepted is off, warn or fail;/);
});

for (
  const [rule, setting] of [
    ["rewrite-over", "50"],
    ["rewrite-over", "warn" + " " + "much"],
    ["blocks-reads", "50MB"],
    ["blocks-reads", "off 5"],
    ["blocks-reads", "warn warn"],
    ["long-lock", "5 rows"],
    ["long-lock", ""],
  ] as const
) {
  Deno.test(`${rule}: "${setting}" must be refused with what it takes`, () => {
    assert.throws(() => parseRules({ [rule]: setting }), (error) => {
      assert.ok(error instanceof OakumError);
      assert.equal(error.code, "bad-rule");
      assert.match(
        error.message,
        new RegExp(`rules.${rule}" is "${setting}"; accepted is off, warn`),
      );
      return true;
    });
  });
}

Deno.test("a name that no rule has must be refused with the nearest one", () => {
  assert.throws(() => parseRules({ "rewrites-over": "5MB" }), (error) => {
    assert.ok(error instanceof OakumError);
    assert.deepEqual([error.code, error.outcome], ["bad-rule", "usage"]);
    assert.match(
      error.message,
      /"rehearsal\.rules\.rewrites-over" is not a rule: did you mean "rewrite-over"\?/,
    );
    return true;
  });
  assert.throws(() => requireRuleNames(["data-losst"], "--allow"), (error) => {
    assert.ok(error instanceof OakumError);
    assert.equal(error.code, "unknown-rule");
    assert.equal(error.message, '--allow: "data-losst" is not a rule: did you mean "data-lost"?');
    assert.match(error.hint ?? "", /: oakum config rules$/);
    return true;
  });
  assert.throws(
    () => requireRuleNames(["toString"], "--allow"),
    /"toString" is not a rule: `oakum/,
  );
  requireRuleNames(["data-lost"], "--allow");
});

Deno.test("a rule's default must be told in words", () => {
  const text = (id: string) => levelsText(RULES.find((rule) => rule.id === id)!);
  assert.equal(text("blocks-reads"), "warn from 50,000 rows, fail from 1,000,000 rows");
  assert.equal(text("rewrite-over"), "fail from 100 MB");
  assert.equal(text("long-lock"), "fail from 5.0 s");
  assert.equal(text("downgrade-cosmetic"), "off");
  assert.equal(text("no-docstring"), "warn");
});

Deno.test("ids must be unique, in kebab case, and each told in one line", () => {
  assert.equal(new Set(RULES.map(({ id }) => id)).size, RULES.length);
  for (const { id, meaning } of RULES) {
    assert.match(id, /^[a-z]+(-[a-z]+)*$/);
    assert.match(meaning, /^[A-Z].{10,70}\.$/);
  }
});
