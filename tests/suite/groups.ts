import { SLOWEST } from "./slow.ts";
import { walk } from "./walk.ts";

/** Test files that run in one process. */
export interface Group {
  readonly name: string;
  readonly files: readonly string[];
  readonly needsDocker: boolean;
}

const ROOT = new URL("../../", import.meta.url).pathname;
/** Folders whose tests need nothing but Deno; those of all others need Docker. */
const WITHOUT_DOCKER = ["tests/unit/", "tests/lint/"];

/** Tests of what is shipped, and of nothing else: they need the program that `OAKUM_BIN` names. */
const COMPILED = "tests/compiled/";

/** The test files in the given files and folders, or all; paths are relative to the repository. */
export async function findTestFiles(wanted: readonly string[]): Promise<string[]> {
  const all = await Array.fromAsync(walk(`${ROOT}tests`));
  const files = all.filter((path) => path.endsWith(".test.ts"))
    .map((path) => path.slice(ROOT.length))
    .filter((file) => Deno.env.has("OAKUM_BIN") || !file.startsWith(COMPILED));
  const chosen = wanted.map((path) => path.replace(/^\.\//, "").replace(/\/$/, ""));
  return files.filter((file) =>
    chosen.length === 0 || chosen.some((path) => file === path || file.startsWith(`${path}/`))
  ).sort();
}

/**
 * One process for all tests that need no Docker, which run in parallel in it, and one for each other
 * file: a crash or a hang takes nothing else along. What takes longest comes first.
 */
export function groupsOf(files: readonly string[]): Group[] {
  const quick = files.filter((file) => WITHOUT_DOCKER.some((folder) => file.startsWith(folder)));
  const others = files.filter((file) => !quick.includes(file));
  const ordered = [
    ...SLOWEST.filter((file) => others.includes(file)),
    ...others.filter((file) => !SLOWEST.includes(file)),
  ];
  const groups = ordered.map((file) => ({ name: file, files: [file], needsDocker: true }));
  if (quick.length === 0) return groups;
  return [{ name: "without Docker", files: quick, needsDocker: false }, ...groups];
}
