import { constants, open } from "node:fs/promises";
import { dirname } from "node:path";

/** How far the clock of a file system may be behind. */
const SLACK_MS = 3000;

/**
 * Gives what root has just made to whom the folder around it belongs, who could not read it
 * otherwise; for everybody else it is theirs already. `made` is what was made, so that nobody can
 * have another file given away by putting it there. What a file system does not allow is left.
 */
export async function giveToOwner(path: string, made: Deno.FileInfo): Promise<void> {
  if (Deno.uid() !== 0) return;
  const { uid, gid } = await Deno.stat(dirname(path));
  if (!uid) return;
  try {
    await chown(path, made, uid, gid ?? 0);
  } catch {
    // Network file systems and those of Windows know no owners, or let nobody change them.
  }
}

/** The same for a folder: only one that was made since an instant is given away. */
export async function giveFolderToOwner(path: string, since: number): Promise<void> {
  if (Deno.uid() !== 0) return;
  const made = await Deno.lstat(path);
  const born = (made.birthtime ?? made.ctime)?.getTime() ?? 0;
  if (made.isDirectory && born >= since - SLACK_MS) await giveToOwner(path, made);
}

async function chown(path: string, made: Deno.FileInfo, uid: number, gid: number): Promise<void> {
  // By what is open, not by its name: that may lead elsewhere by now.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { ino, dev } = await handle.stat();
    if (ino === made.ino && dev === made.dev) await handle.chown(uid, gid);
  } finally {
    await handle.close();
  }
}
