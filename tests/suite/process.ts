import type { Group } from "./groups.ts";
import { type TestCase, testCases } from "./junit.ts";

/** How one group ended. */
export interface GroupResult {
  readonly group: Group;
  /** There were tests, all of them ran and passed, and the process ended well. */
  readonly ok: boolean;
  readonly cases: readonly TestCase[];
  readonly seconds: number;
  /** What the process wrote. */
  readonly output: string;
}

/** A hang must not take the whole run's time. */
const LIMIT_MS = 15 * 60_000;

/** The tests in which every command is started: what they cover of the program is counted. */
const COMMAND_LINE = "tests/cli/";

/** Runs a group in a `deno test` of its own; its reports and coverage go below `folder`. */
export async function runGroup(group: Group, folder: string): Promise<GroupResult> {
  const name = group.name.replace(/\W+/g, "-");
  const report = `${folder}${name}.xml`;
  const coverage = `${folder}coverage/${name}`;
  const start = performance.now();
  const command = new Deno.Command(Deno.execPath(), {
    args: [...testArguments(group, report), ...group.files],
    env: {
      NO_COLOR: "1",
      DENO_COVERAGE_DIR: coverage,
      ...(group.name.startsWith(COMMAND_LINE) ? { OAKUM_COVERAGE_DIR: coverage } : {}),
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const { success, signal, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  const cases = testCases(await Deno.readTextFile(report).catch(() => ""));
  const ended = signal ? `\nEnded by ${signal} (the limit is ${LIMIT_MS / 60_000} minutes).` : "";
  return {
    group,
    ok: success && cases.length > 0 && cases.every(({ outcome }) => outcome === "passed"),
    cases,
    seconds: (performance.now() - start) / 1000,
    output: text.decode(stdout) + text.decode(stderr) + ended,
  };
}

function testArguments(group: Group, report: string): string[] {
  return [
    ...["test", "--quiet", "--allow-all", "--no-check", "--coverage-raw-data-only"],
    ...["--junit-path", report],
    ...(group.needsDocker ? [] : ["--parallel"]),
  ];
}
