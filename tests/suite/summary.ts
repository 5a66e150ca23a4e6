import type { GroupResult } from "./process.ts";

/** One line for a group that has ended. */
export function resultLine({ group, ok, cases, seconds }: GroupResult): string {
  const tests = cases.length === 1 ? "1 test" : `${cases.length} tests`;
  const state = ok ? "ok    " : "FAILED";
  return `${state} ${group.name}: ${tests}, ${seconds.toFixed(1)} s`;
}

/** The slowest tests, slowest first, a line each. */
export function slowest(results: readonly GroupResult[], count: number): string[] {
  return results.flatMap(({ cases }) => cases)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ file, name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}: ${name}`);
}

/**
 * The line a run ends with. A process that failed without a failed test, such as one that did not
 * load, counts as one; so does a skipped test, since there is no reason to skip any.
 */
export function closingLine(results: readonly GroupResult[]): string {
  let passed = 0;
  let failed = 0;
  for (const { ok, cases } of results) {
    const bad = cases.filter(({ outcome }) => outcome !== "passed").length;
    passed += cases.length - bad;
    failed += ok ? 0 : Math.max(bad, 1);
  }
  return `${passed} passed, ${failed} failed`;
}
