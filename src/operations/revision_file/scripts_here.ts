import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { Revision } from "../../migrators/alembic/revisions.ts";

/** Folders in which nobody keeps the source of an image. */
const SKIPPED = new Set(["node_modules", "__pycache__", "venv", "site-packages", "backups"]);
const DEPTH = 6;
const FOLDERS = 5000;

/** The revisions whose files lie beside a path of the container. */
export function neighboursOf(revisions: readonly Revision[], path: string): readonly Revision[] {
  return revisions.filter((revision) => dirname(revision.path) === dirname(path));
}

/** Whether a folder of this machine holds one of these revision files, byte for byte. */
export async function holdsOneOf(
  folder: string,
  revisions: readonly Pick<Revision, "path" | "sha256">[],
): Promise<boolean> {
  for (const { path, sha256 } of revisions) {
    const bytes = await Deno.readFile(join(folder, basename(path))).catch(() => undefined);
    if (bytes && createHash("sha256").update(bytes).digest("hex") === sha256) return true;
  }
  return false;
}

/** The folder below `root` that the image got these revision files from; the nearest one. */
export async function findSource(
  root: string,
  revisions: readonly Pick<Revision, "path" | "sha256">[],
): Promise<string | undefined> {
  if (revisions.length === 0) return undefined;
  const names = new Set(revisions.map(({ path }) => basename(path)));
  for await (const { path, files } of foldersBelow(root)) {
    if (files.some((name) => names.has(name)) && await holdsOneOf(path, revisions)) return path;
  }
  return undefined;
}

/** The folders of a tree, level by level; links are not followed, hidden folders not looked into. */
export async function* foldersBelow(root: string) {
  let level = [root];
  let seen = 0;
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const path of level) {
      if (++seen > FOLDERS) return;
      const entries = await Array.fromAsync(Deno.readDir(path)).catch(() => []);
      yield { path, files: entries.filter(({ isFile }) => isFile).map(({ name }) => name) };
      const inside = entries.filter(({ isDirectory, name }) =>
        isDirectory && !SKIPPED.has(name) && !name.startsWith(".")
      );
      next.push(...inside.map(({ name }) => join(path, name)).sort());
    }
    level = next;
  }
}
