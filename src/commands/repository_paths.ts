import { basename, dirname, join, relative } from "node:path";
import { filesIn, type HostPath, inRepository } from "../reports/repository_places.ts";
import { foldersBelow } from "../operations/revision_file/scripts_here.ts";

/** Where libraries lie: what has the name of one of their files is another file. */
const LIBRARIES = /\/(?:site|dist)-packages\/|\/lib\/python/;
/** Of a path's end that must agree where its beginning does not: many folders have a `models.py`. */
const PARTS = 2;

/** The folder of the git repository that a folder is in; else that folder itself. */
export async function repositoryRoot(directory: string): Promise<string> {
  for (let at = directory;; at = dirname(at)) {
    if (await Deno.lstat(join(at, ".git")).then(() => true, () => false)) return at;
    if (dirname(at) === at) return directory;
  }
}

/** A report whose files are paths in the repository, where they are known there. */
export interface Placed<T> {
  readonly report: T;
  /** Of a file as the report has it. */
  readonly hostPath: HostPath;
}

/** Where files are looked for. */
export interface Places {
  /** The folder that oakum is run in: of its repository they are told from the root. */
  readonly directory: string;
  /** The stack's folder, where that is another one: of its repository they are told in full. */
  readonly stack: string | undefined;
}

/** The report with its files as they lie in a repository of this machine. */
export async function onThisMachine<T>(
  { directory, stack }: Places,
  report: T,
): Promise<Placed<T>> {
  const files = filesIn(report);
  const root = await repositoryRoot(directory);
  const find = await repositoryPaths(root, files);
  const known = new Set(files.map(find));
  const other = stack === undefined ? root : await repositoryRoot(stack);
  const missing = other === root ? [] : files.filter((file) => find(file) === undefined);
  const elsewhere = await repositoryPaths(other, missing);
  const inFull = (file: string) => {
    const path = elsewhere(file);
    return path === undefined ? undefined : join(other, path);
  };
  return {
    report: inRepository(report, (file) => find(file) ?? inFull(file)),
    hostPath: (file) => known.has(file) ? file : undefined,
  };
}

/**
 * Where files of the app's container lie in a repository: `/srv/app/versions/a.py` is
 * `app/versions/a.py` or `versions/a.py` there, whichever exists first; else the one file below any
 * folder whose path ends most like it, such as `backend/versions/a.py`. Paths from a container are
 * not trusted: none leads out of the repository.
 */
export async function repositoryPaths(
  root: string,
  files: Iterable<string>,
): Promise<(file: string) => string | undefined> {
  const found = new Map<string, string>();
  const missing: string[] = [];
  for (const file of new Set(files)) {
    const parts = partsOf(file);
    if (LIBRARIES.test(file) || parts.includes("..") || file.includes("\0")) continue;
    const path = await findAtRoot(root, parts);
    if (path === undefined) missing.push(file);
    else found.set(file, path);
  }
  for (const [file, path] of await findBelow(root, missing)) found.set(file, path);
  return (file) => found.get(file);
}

async function findAtRoot(root: string, parts: readonly string[]): Promise<string | undefined> {
  for (const at of parts.keys()) {
    const path = parts.slice(at).join("/");
    const isFile = await Deno.lstat(join(root, path)).then((stat) => stat.isFile, () => false);
    if (isFile) return path;
  }
  return undefined;
}

/** An image's folder has often another name than that which it was built from. */
async function findBelow(root: string, files: readonly string[]): Promise<[string, string][]> {
  if (files.length === 0) return [];
  const names = new Set(files.map((file) => basename(file)));
  const there: string[] = [];
  for await (const folder of foldersBelow(root)) {
    const like = folder.files.filter((name) => names.has(name));
    there.push(...like.map((name) => relative(root, join(folder.path, name))));
  }
  return files.flatMap((file): [string, string][] => {
    const path = mostLike(file, there);
    return path === undefined ? [] : [[file, path]];
  });
}

/** The path whose end agrees with a file's the furthest; none where two do so. */
function mostLike(file: string, paths: readonly string[]): string | undefined {
  const ranked = paths.map((path) => ({ path, common: commonEnd(file, path) }))
    .toSorted((a, b) => b.common - a.common);
  const [first, second] = ranked;
  if (!first || first.common < PARTS || first.common === second?.common) return undefined;
  return first.path;
}

function commonEnd(one: string, other: string): number {
  const [a, b] = [partsOf(one).reverse(), partsOf(other).reverse()];
  const differs = a.findIndex((part, at) => part !== b[at]);
  return differs === -1 ? a.length : differs;
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
