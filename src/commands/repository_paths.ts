import { dirname, join } from "node:path";

/** Where libraries lie: what has the name of one of their files is another file. */
const LIBRARIES = /\/(?:site|dist)-packages\/|\/lib\/python/;

/** The folder of the git repository that a folder is in; else that folder itself. */
export async function repositoryRoot(directory: string): Promise<string> {
  for (let at = directory;; at = dirname(at)) {
    if (await Deno.lstat(join(at, ".git")).then(() => true, () => false)) return at;
    if (dirname(at) === at) return directory;
  }
}

/**
 * Where files of the app's container lie in a repository: `/srv/app/versions/a.py` is
 * `app/versions/a.py` or `versions/a.py` there, whichever exists first. Paths from a container are
 * not trusted: none leads out of the repository.
 */
export async function repositoryPaths(
  root: string,
  files: Iterable<string>,
): Promise<(file: string) => string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const file of new Set(files)) found.set(file, await findBelow(root, file));
  return (file) => found.get(file);
}

async function findBelow(root: string, file: string): Promise<string | undefined> {
  const parts = file.split("/").filter((part) => part !== "" && part !== ".");
  if (LIBRARIES.test(file) || parts.includes("..") || file.includes("\0")) return undefined;
  for (const at of parts.keys()) {
    const path = parts.slice(at).join("/");
    const isFile = await Deno.lstat(join(root, path)).then((stat) => stat.isFile, () => false);
    if (isFile) return path;
  }
  return undefined;
}
