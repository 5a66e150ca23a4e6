import assert from "node:assert/strict";
import fc from "fast-check";
import type { RehearsalReport } from "../../../src/reports/rehearsal.ts";
import { rehearsalJunit } from "../../../src/reports/rehearsal_junit.ts";
import { element, xmlText } from "../../../src/reports/xml.ts";
import {
  BROKEN,
  findingWith,
  FOUND,
  HOSTILE,
  rehearsalWith,
  revisionWith,
  TRIED,
  UNJUDGED,
} from "./rehearsals.ts";
import { type Element, readXml } from "./xml_tree.ts";

function suiteOf(report: RehearsalReport): Element {
  const { name, children: [suite] } = readXml(rehearsalJunit(report));
  assert.ok(suite);
  assert.deepEqual([name, suite.name, suite.attributes.name], [
    "testsuites",
    "testsuite",
    "rehearsal",
  ]);
  return suite;
}

/** Each test with the elements in it. */
function tests(report: RehearsalReport): (readonly [name: string, inside: string])[] {
  return suiteOf(report).children.map(({ attributes, children }) => [
    attributes.name ?? "",
    children.map(({ name, attributes: { type } }) => type ? `${name} ${type}` : name).join(", "),
  ]);
}

Deno.test("a rehearsal that found nothing is a suite without a failure", () => {
  const { attributes, children } = suiteOf(rehearsalWith());
  const { tests, failures, errors, skipped, time, timestamp } = attributes;
  assert.deepEqual({ tests, failures, errors, skipped, time, timestamp }, {
    ...{ tests: "2", failures: "0", errors: "0", skipped: "0" },
    ...{ time: "12.400", timestamp: "2026-11-22T14:40:00Z" },
  });
  const [revision] = children;
  assert.deepEqual(revision?.attributes, {
    name: "0a7c6e4d8f13 close every auction",
    classname: "auction.db.auction",
    file: "/srv/app/migrations/versions/0a7c6e4d8f13_close_every_auction.py",
    time: "0.041",
  });
  assert.deepEqual(revision?.children, []);
});

Deno.test("a finding that stops is a failure with its fix; a warning is said beside it", () => {
  assert.deepEqual(tests(FOUND), [
    ["4f1c09ab27de move addresses out of users", "failure rewrite-over, system-out"],
    ["0a7c6e4d8f13 close every auction", ""],
    ["the whole", "system-out"],
  ]);
  const [failure, said] = suiteOf(FOUND).children[0]?.children ?? [];
  assert.match(failure?.attributes.message ?? "", /^Rewrites public\.users/);
  assert.match(failure?.text ?? "", /\.py:21\)\nSafer:\nop\.add_column\(/);
  assert.match(said?.text ?? "", /^locks everybody out of public\.users/);
  assert.match(said?.text ?? "", /\nwarn many-things: Does 3 unrelated things/);
});

Deno.test("an allowed finding is no failure", () => {
  const findings = [findingWith({ allowed: true })];
  const allowed = rehearsalWith({ revisions: [revisionWith({ findings })], findings });
  assert.deepEqual(tests(allowed).map(([, inside]) => inside), ["system-out", "system-out"]);
});

Deno.test("a revision that fails is a failure by its rule, with the details of the step", () => {
  assert.deepEqual(tests(BROKEN)[1], ["0a7c6e4d8f13 close every auction", "failure upgrade-fails"]);
  const [failure] = suiteOf(BROKEN).children[1]?.children ?? [];
  assert.match(failure?.text ?? "", /NotNullViolation\n {2}at row 12 of 300$/);
});

Deno.test("a revision that fails unjudged is an error, one that was not reached is skipped", () => {
  assert.deepEqual(tests(UNJUDGED), [
    ["4f1c09ab27de move addresses out of users", ""],
    ["0a7c6e4d8f13 close every auction", "error failed"],
    ["77aa09ab27de index the bids", "skipped"],
    ["the whole", "system-out"],
  ]);
  const [error] = suiteOf(UNJUDGED).children[1]?.children ?? [];
  assert.match(error?.text ?? "", /NotNullViolation\n {2}at row 12 of 300$/);
});

Deno.test("each trial of the app is a test with its output", () => {
  const found = tests(TRIED).slice(3);
  assert.deepEqual(found, [
    ["run: pytest -q", "failure run, system-out"],
    ["health: http://localhost:8000/health", "system-out"],
    ["the whole", "failure app-command-fails, system-out"],
  ]);
  const whole = suiteOf(TRIED).children.at(-1)?.children[1]?.text ?? "";
  assert.match(whole, /\nwarn out-of-order: [^]*\n {2}add_column bids\.note\n/);
});

Deno.test("a trial that fails is a failure only where its finding stops the upgrade", () => {
  const { trials } = TRIED;
  const told = (findings: RehearsalReport["findings"]) =>
    tests(rehearsalWith({ trials, findings })).find(([name]) => name === "run: pytest -q")?.[1];
  const finding = findingWith({ rule: "app-command-fails", revision: null });
  assert.equal(told([finding]), "failure run, system-out");
  assert.equal(told([{ ...finding, allowed: true }]), "system-out");
  assert.equal(told([{ ...finding, level: "warn" }]), "system-out");
  assert.equal(told([]), "system-out");
});

Deno.test("the counts are those of the tests", () => {
  for (const report of [rehearsalWith(), FOUND, BROKEN, UNJUDGED, TRIED, HOSTILE]) {
    const { attributes, children } = suiteOf(report);
    const of = (name: string) => children.filter((test) => test.children[0]?.name === name).length;
    assert.deepEqual(
      [attributes.tests, attributes.failures, attributes.errors, attributes.skipped].map(Number),
      [children.length, of("failure"), of("error"), of("skipped")],
    );
  }
});

Deno.test("hostile text ends no element, and loses nothing but control characters", () => {
  const [revision] = suiteOf(HOSTILE).children;
  assert.match(
    revision?.attributes.name ?? "",
    /^`x` \| <b>@team<\/b> .* \]\]> & \r\n::error::no\n/,
  );
  assert.doesNotMatch(rehearsalJunit(HOSTILE), /\[31m|\u202e/);
});

Deno.test("whatever the text, an element is read back as it was written", () => {
  const texts = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(texts, (text) => {
      const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${
        element("a", { b: text }, [xmlText(text)])
      }\n`;
      const { attributes, text: inside } = readXml(xml);
      if (/^[ -~]*$/.test(text)) assert.deepEqual([attributes.b, inside], [text, text]);
    }),
    { numRuns: 500 },
  );
});
