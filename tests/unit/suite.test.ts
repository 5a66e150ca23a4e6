import assert from "node:assert/strict";
import { parseLcov } from "../suite/coverage.ts";
import { findTestFiles, groupsOf } from "../suite/groups.ts";
import { testCases } from "../suite/junit.ts";
import type { GroupResult } from "../suite/process.ts";
import { SLOWEST } from "../suite/slow.ts";
import { closingLine, slowest } from "../suite/summary.ts";

const XML = `<testsuite name="./tests/unit/a.test.ts">
  <testcase name="a &lt; b &amp;amp; &quot;c&quot;" classname="./tests/unit/a.test.ts" time="1.5">
  </testcase>
  <testcase name="parent" classname="./tests/unit/a.test.ts" time="0.5" line="3" col="6">
    <failure message="1 test step failed">1 test step failed.</failure>
  </testcase>
  <testcase name="parent &gt; step" classname="./tests/unit/a.test.ts" time="0.1">
    <failure message="Uncaught">Error</failure>
  </testcase>
  <testcase name="left out" classname="./tests/unit/a.test.ts" time="0.000">
    <skipped/>
  </testcase>
</testsuite>`;

function result(ok: boolean, xml = XML): GroupResult {
  const group = { name: "g", files: [], needsDocker: false };
  return { group, ok, cases: testCases(xml), seconds: 1, output: "" };
}

Deno.test("testCases() reads names, times and outcomes, and counts a step as part of its test", () => {
  const file = "tests/unit/a.test.ts";
  assert.deepEqual(testCases(XML), [
    { file, name: 'a < b &amp; "c"', seconds: 1.5, outcome: "passed" },
    { file, name: "parent", seconds: 0.5, outcome: "failed" },
    { file, name: "left out", seconds: 0, outcome: "skipped" },
  ]);
});

Deno.test("closingLine() counts a skipped test and a process without a report as failed", () => {
  assert.equal(closingLine([result(false)]), "1 passed, 2 failed");
  assert.equal(closingLine([result(false), result(false, "")]), "1 passed, 3 failed");
  assert.equal(closingLine([]), "0 passed, 0 failed");
});

Deno.test("slowest() puts the slowest test first", () => {
  assert.match(slowest([result(false)], 1).join(), /^ +1\.5 s {2}tests\/unit\/a\.test\.ts: a < b/);
});

Deno.test("groupsOf() gives every test that needs Docker a process of its own", () => {
  const groups = groupsOf([
    "tests/docker/x.test.ts",
    "tests/unit/y.test.ts",
    "tests/cli/z.test.ts",
  ]);
  assert.deepEqual(groups.map(({ files, needsDocker }) => [files, needsDocker]), [
    [["tests/unit/y.test.ts"], false],
    [["tests/docker/x.test.ts"], true],
    [["tests/cli/z.test.ts"], true],
  ]);
});

Deno.test("groupsOf() begins with the slowest files, each of which there is", async () => {
  const quick = "tests/cli/a.test.ts";
  const names = groupsOf([quick, ...SLOWEST.toReversed()]).map(({ name }) => name);
  assert.deepEqual(names, [...SLOWEST, quick]);
  const files = await findTestFiles([]);
  assert.deepEqual(SLOWEST.filter((file) => !files.includes(file)), []);
});

Deno.test("parseLcov() takes the lines that exist and those that ran", () => {
  const lcov = "SF:/srv/x/src/core/a.ts\nDA:1,1\nDA:2,0\nLH:1\nLF:2\nend_of_record\n";
  assert.deepEqual(parseLcov(lcov), [{ file: "src/core/a.ts", covered: 1, lines: 2 }]);
});
