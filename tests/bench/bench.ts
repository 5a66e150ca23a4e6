/**
 * Measures oakum against what scripts do: `deno task bench`. Slow, and noisy on a machine that does
 * anything else; `--baselines` measures the scripts alone.
 */
import { parseArgs } from "node:util";
import { ensureEngine } from "../../docker/engine.ts";
import { runScript } from "../../docker/unavailable.ts";
import { type Files, filesIn, oakumRun, pairsOf } from "./cases.ts";
import { measure, type Measured } from "./measure.ts";
import { median, type PairResult, runPair } from "./pairs.ts";
import { megabytes, pairTable, seconds, table } from "./report.ts";
import { type BenchStack, startBench } from "./stack.ts";
import { biggestFile } from "./files.ts";

const FOLDER = new URL("../../build/bench", import.meta.url).pathname;
const HELP =
  `deno task bench [--gigabytes 1] [--runs 5] [--pg 17,15] [--baselines] [--only rehearse]`;

interface Options {
  readonly gigabytes: number;
  readonly runs: number;
  readonly baselines: boolean;
  /** Pairs with this in their name alone. */
  readonly only: string | undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      gigabytes: { type: "string", default: "1" },
      runs: { type: "string", default: "5" },
      pg: { type: "string", default: "17,15" },
      baselines: { type: "boolean", default: false },
      only: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const options = {
    gigabytes: Number(values.gigabytes),
    runs: Number(values.runs),
    baselines: values.baselines,
    only: values.only,
  };
  await ensureEngine();
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const major of values.pg.split(",")) {
    if (major !== "17" && major !== "15") throw new Error(`PG ${major}? ${HELP}`);
    await benchMajor(`postgres${major}`, options);
  }
  if (!options.baselines && options.only === undefined) await benchMemory(options);
}

async function benchMajor(image: "postgres17" | "postgres15", options: Options): Promise<void> {
  await using stack = await startBench(image, options.gigabytes);
  const files = filesIn(FOLDER, stack);
  const results: PairResult[] = [];
  if (options.only !== undefined) await measure(oakumRun(stack, files, "backup"));
  for (const pair of pairsOf(stack, files)) {
    if (!pair.name.includes(options.only ?? "")) continue;
    console.error(pair.name);
    results.push(await runPair(pair, options));
  }
  console.log(
    `\nPostgreSQL ${stack.major}, ${megabytes(stack.size)}, medians of ${options.runs}:\n`,
  );
  console.log(pairTable(results));
  if (options.only !== undefined) return;
  console.log(`\n${table(["file", "size"], await sizes(files, options.baselines))}`);
  if (!options.baselines) console.log(`\n${await quickCommands(stack, files, options.runs)}`);
}

async function sizes(files: Files, baselines: boolean): Promise<string[][]> {
  const size = async (path: string) => megabytes((await Deno.stat(path)).size);
  return [
    ["`pg_dump \\| gzip`", await size(files.script)],
    ["`pg_dump -Fc`", await size(files.bare)],
    ...(baselines ? [] : [["`oakum backup`", megabytes(await biggestFile(files.backups))]]),
  ];
}

async function quickCommands(stack: BenchStack, files: Files, runs: number): Promise<string> {
  const rows = [];
  for (const [command, wanted] of [["--help", "< 0.15 s"], ["status", "< 1 s"]] as const) {
    const cost = median(await repeat(oakumRun(stack, files, command), runs));
    rows.push([`\`oakum ${command}\``, seconds(cost), wanted, megabytes(cost.peak)]);
  }
  return table(["command", "time", "wanted", "memory"], rows);
}

/** The most memory on a small database, to be set beside that on the large one. */
async function benchMemory({ gigabytes }: Options): Promise<void> {
  await using stack = await startBench("postgres17", gigabytes / 10);
  const files = filesIn(FOLDER, { ...stack, major: "17-small" });
  const rows = [];
  for (const args of [["backup"], ["restore", "--yes", "latest"]]) {
    const cost = median(await repeat(oakumRun(stack, files, ...args), 3));
    rows.push([`\`oakum ${args.join(" ")}\``, megabytes(cost.peak)]);
  }
  console.log(
    `\nMemory on ${megabytes(stack.size)} (wanted: under 250 MB, and no more on ten times that):\n`,
  );
  console.log(table(["command", "memory"], rows));
}

async function repeat(command: Measured, runs: number) {
  const costs = [];
  for (let run = 0; run < runs; run++) costs.push(await measure(command));
  return costs;
}

await runScript(main);
