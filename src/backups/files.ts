import { errnoOf, fileError, inTheWay } from "./file_error.ts";
import { giveToOwner } from "./owner.ts";

/** What lies at a path, not following a symbolic link; nothing where there is none. */
export async function lookup(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw fileError("look at", path, thrown);
  }
}

/** Writes every byte, since one call may take only a part. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += await file.write(bytes.subarray(done));
}

/** Reads the bytes between two offsets; fewer where the file ends before. */
export async function readBetween(file: Deno.FsFile, from: number, to: number) {
  const bytes = new Uint8Array(Math.max(0, to - from));
  await file.seek(from, Deno.SeekMode.Start);
  let done = 0;
  while (done < bytes.length) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

/** Opens a new file, of mode 0600 where nothing else is said; never one that is there, and never through a link. */
export async function createFile(
  path: string,
  options: Deno.OpenOptions = { write: true },
): Promise<Deno.FsFile> {
  const file = await Deno.open(path, { mode: 0o600, ...options, createNew: true });
  try {
    await giveToOwner(path, await file.stat());
    return file;
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

/** Writes a new file of mode 0600 and forces it to the disk; never replaces one. */
export async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    using file = await createFile(path);
    await writeAll(file, bytes);
    await file.sync();
  } catch (thrown) {
    throw fileError("write", path, thrown);
  }
}

/** Forces a folder's names to the disk, so that a new name survives a loss of power. */
export async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path);
    await folder.sync();
  } catch (thrown) {
    // Some network file systems know no fsync of a folder; nothing better can be done there.
    if (["EINVAL", "ENOTSUP", "EOPNOTSUPP"].includes(errnoOf(thrown))) return;
    throw fileError("force to the disk", path, thrown);
  }
}

/** What `link` says on file systems that have no hard links (FAT, some network shares). */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/**
 * Gives a finished file its final name and never replaces a file. The caller holds the folder's
 * lock, which is what makes the look before the rename safe where there are no hard links.
 */
export async function publishFile(temporary: string, final: string): Promise<void> {
  try {
    await Deno.link(temporary, final);
  } catch (thrown) {
    const found = await lookup(final);
    if (found) return refuseUnlessSame(final, found, await lookup(temporary));
    if (!NO_LINKS.includes(errnoOf(thrown))) throw fileError("publish", final, thrown);
    await moveFile(temporary, final);
  }
}

/** A network file system may repeat a link that it has made and then say that it exists. */
function refuseUnlessSame(path: string, found: Deno.FileInfo, own?: Deno.FileInfo): void {
  if (!isSameFile(found, own)) throw inTheWay(path, "exists, and oakum replaces no file");
}

/** Whether two names are links to one file. */
export function isSameFile(a?: Deno.FileInfo, b?: Deno.FileInfo): boolean {
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** Renames a file; one that has the new name is replaced. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (thrown) {
    throw fileError("write", to, thrown);
  }
}

/** Removes a file; one that is already gone is fine. */
export async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw fileError("remove", path, thrown);
  }
}
