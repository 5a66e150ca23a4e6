import { join, relative } from "node:path";
import { fileError, inTheWay } from "./file_error.ts";
import { createFile, lookup, writeAll } from "./files.ts";
import { nearestFolder } from "./nearest_folder.ts";
import { giveFolderToOwner } from "./owner.ts";
import type { TargetName } from "./manifest.ts";
import { targetPath } from "./target_path.ts";

/**
 * Makes the folder of a target's backups, mode 0700, and returns its path. Links inside the backup
 * folder are refused: following one would write a database's content where somebody else decided.
 */
export async function prepareFolder(dir: string, target: TargetName): Promise<string> {
  await makeRoot(dir);
  const path = targetPath(dir, target);
  let below = dir;
  for (const name of relative(dir, path).split("/")) {
    below = join(below, name);
    await makeFolder(below);
  }
  await ignoreInGit(dir, path);
  return path;
}

/** The names in a folder; nothing where there is no such folder, an error where it is unreadable. */
export async function readFolder(path: string): Promise<Deno.DirEntry[] | undefined> {
  try {
    return await Array.fromAsync(Deno.readDir(path));
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw fileError("read", path, thrown);
    // A link to a disk that is not there is not the same as a folder that was never made.
    if (await lookup(path)) throw inTheWay(path, "is a symbolic link that leads nowhere");
    return undefined;
  }
}

/** The backup folder itself is the person's: it may be a link, and may exist with any content. */
async function makeRoot(dir: string): Promise<void> {
  const [since, above] = [Date.now(), await nearestFolder(dir)];
  try {
    await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw await whyNoFolder(dir, thrown);
  }
  let below = above;
  for (const name of relative(above, dir).split("/").filter((part) => part !== "")) {
    below = join(below, name);
    await giveFolderToOwner(below, since);
  }
}

async function makeFolder(path: string): Promise<void> {
  const since = Date.now();
  try {
    await Deno.mkdir(path, { mode: 0o700 });
    await giveFolderToOwner(path, since);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw await whyNoFolder(path, thrown);
    const found = await lookup(path);
    if (!found?.isDirectory) throw await whyNoFolder(path, thrown);
  }
}

/** Refuses links between the backup folder and a target's own; where there is nothing, none is. */
export async function requireNoLinks(dir: string, target: TargetName): Promise<void> {
  let below = dir;
  for (const name of relative(dir, targetPath(dir, target)).split("/")) {
    below = join(below, name);
    if ((await lookup(below))?.isSymlink) throw await isLink(below);
  }
}

async function isLink(path: string): Promise<Error> {
  const to = await Deno.readLink(path);
  return inTheWay(
    path,
    `is a symbolic link to "${to}"; oakum follows none below the backup folder and none that ` +
      "leads nowhere",
    "Give the real folder with --dir, or put it in the link's place: a mount (mount --bind) will do.",
  );
}

async function whyNoFolder(path: string, thrown: unknown): Promise<Error> {
  if (!(thrown instanceof Deno.errors.AlreadyExists)) {
    return fileError("make the folder", path, thrown, "refused");
  }
  if ((await lookup(path))?.isSymlink) return await isLink(path);
  return inTheWay(path, "is a file where oakum needs a folder", "Move it away, or use --dir.");
}

/**
 * Keeps dumps out of Git. Where the backup folder is itself a repository's root, only the target's
 * project is ignored, for `*` there would hide the whole repository.
 */
async function ignoreInGit(dir: string, folder: string): Promise<void> {
  const isRepository = await lookup(join(dir, ".git")) !== undefined;
  const path = join(isRepository ? join(folder, "..") : dir, ".gitignore");
  try {
    using file = await createFile(path, { write: true, mode: 0o644 });
    await writeAll(file, new TextEncoder().encode("*\n"));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AlreadyExists) return;
    throw fileError("write", path, thrown, "refused");
  }
}
