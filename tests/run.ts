/** Runs the tests: `deno task test [FILE OR FOLDER…]`; all of them, and their coverage, without one. */
import { availableParallelism } from "node:os";
import { ensureCompose, ensureEngine } from "../docker/engine.ts";
import { ensureAllImages } from "../docker/images.ts";
import { runScript } from "../docker/unavailable.ts";
import { coverageOfSource, MINIMUM } from "./suite/coverage.ts";
import { findTestFiles, type Group, groupsOf } from "./suite/groups.ts";
import { type GroupResult, runGroup } from "./suite/process.ts";
import { closingLine, resultLine, slowest } from "./suite/summary.ts";
import { teardown } from "./teardown.ts";

const OUTPUT = new URL("../build/tests/", import.meta.url).pathname;

/** Tests wait for containers more than they compute, so one more than there are cores. */
const JOBS = Number(Deno.env.get("OAKUM_TEST_JOBS")) || Math.min(availableParallelism() + 1, 6);

async function main(): Promise<void> {
  const files = await findTestFiles(Deno.args);
  if (files.length === 0) throw new Error(`No test file is in ${Deno.args.join(", ") || "tests"}.`);
  const groups = groupsOf(files);
  await Deno.remove(OUTPUT, { recursive: true }).catch(() => {});
  await Deno.mkdir(OUTPUT, { recursive: true });
  const results = groups.some(({ needsDocker }) => needsDocker)
    ? await withDocker(groups)
    : await runAll(groups);
  const whole = Deno.args.length === 0;
  const passed = report(results);
  const covered = !whole || await reportCoverage();
  console.log(closingLine(results));
  if (!passed || !covered) Deno.exit(1);
}

/** Tests begin before all images are built: one that needs an image waits for that one. */
async function withDocker(groups: readonly Group[]): Promise<GroupResult[]> {
  const engine = ensureEngine().then(() => ensureCompose());
  const whole = Deno.args.length === 0;
  const images = engine.then(() => whole ? ensureAllImages() : undefined);
  const [results, built] = await Promise.allSettled([runAll(groups, engine), images]);
  if (results.status === "rejected") throw results.reason;
  await teardown();
  if (built.status === "rejected") throw built.reason;
  return results.value;
}

/** A bounded number of processes at a time, in the order of the groups. */
async function runAll(
  groups: readonly Group[],
  engine: Promise<void> = Promise.resolve(),
): Promise<GroupResult[]> {
  const waiting = [...groups];
  const results: GroupResult[] = [];
  const worker = async () => {
    for (let group = waiting.shift(); group; group = waiting.shift()) {
      if (group.needsDocker) await engine;
      const result = await runGroup(group, OUTPUT);
      results.push(result);
      if (!result.ok) console.log(result.output);
      console.log(resultLine(result));
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: JOBS }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}

function report(results: readonly GroupResult[]): boolean {
  console.log(`\nThe ten slowest tests:\n${slowest(results, 10).join("\n")}`);
  const failed = results.filter(({ ok }) => !ok).map(({ group }) => group.name);
  if (failed.length > 0) console.log(`\nFailed: ${failed.join(", ")}`);
  return failed.length === 0;
}

async function reportCoverage(): Promise<boolean> {
  const { covered, lines, worst } = await coverageOfSource(OUTPUT);
  const percent = 100 * covered / Math.max(lines, 1);
  console.log(`\nLeast covered:\n${worst.join("\n")}`);
  console.log(`Coverage of src: ${percent.toFixed(1)} % of ${lines} lines.\n`);
  if (percent < MINIMUM) console.log(`That is less than ${MINIMUM} %.`);
  return percent >= MINIMUM;
}

await runScript(main);
