import { walk } from "./walk.ts";

/** The percentage of lines of `src/` that tests must run. */
export const MINIMUM = 85;

/** Lines of source files, and how many of them ran. */
export interface Coverage {
  readonly covered: number;
  readonly lines: number;
  /** The ten files with most lines that never ran, a line of text each. */
  readonly worst: readonly string[];
}

interface FileCoverage {
  readonly file: string;
  readonly covered: number;
  readonly lines: number;
}

const SOURCE = new URL("../../src/", import.meta.url);

/** Adds up what all processes of a run left in `folder`, `oakum` itself included. */
export async function coverageOfSource(folder: string): Promise<Coverage> {
  await loadAllOfSource(folder);
  const profiles = await Array.fromAsync(Deno.readDir(`${folder}coverage`));
  const folders = profiles.map(({ name }) => `${folder}coverage/${name}`);
  return sum(parseLcov(
    await deno(["coverage", "--quiet", "--lcov", `--include=^${SOURCE.href}`, ...folders]),
  ));
}

/** A file that no test loads would not be counted at all, so all are loaded once. */
async function loadAllOfSource(folder: string): Promise<void> {
  const files = await Array.fromAsync(walk(SOURCE.pathname.replace(/\/$/, "")));
  const modules = files.filter((file) => file.endsWith(".ts"));
  const loader = `${folder}load.ts`;
  await Deno.writeTextFile(loader, modules.map((file) => `import "file://${file}";\n`).join(""));
  const env = { DENO_COVERAGE_DIR: `${folder}coverage/load` };
  await deno(["run", "--quiet", "--allow-all", "--no-check", loader], env);
}

async function deno(args: string[], env: Record<string, string> = {}): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    env,
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  if (!success) throw new Error(`deno ${args[0]} failed: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

function sum(files: readonly FileCoverage[]): Coverage {
  const missing = ({ covered, lines }: FileCoverage) => lines - covered;
  return {
    covered: files.reduce((total, { covered }) => total + covered, 0),
    lines: files.reduce((total, { lines }) => total + lines, 0),
    worst: files.filter((file) => missing(file) > 0)
      .sort((a, b) => missing(b) - missing(a)).slice(0, 10)
      .map((file) => `${String(missing(file)).padStart(5)} of ${file.lines}  ${file.file}`),
  };
}

/** LCOV's records: `SF` names the file, `LF` counts its lines, `LH` those that ran. */
export function parseLcov(lcov: string): FileCoverage[] {
  return lcov.split("end_of_record").flatMap((record) => {
    const field = (name: string) => new RegExp(`^${name}:(.*)$`, "m").exec(record)?.[1];
    const path = field("SF");
    if (path === undefined) return [];
    const file = path.slice(path.indexOf("/src/") + 1);
    return [{ file, covered: Number(field("LH")), lines: Number(field("LF")) }];
  });
}
