import { dirname } from "node:path";
import { fileError } from "./file_error.ts";

/**
 * Why a file may have been written by somebody who is neither this user nor root nor trusted, as half
 * a sentence; nothing where only those can have done so. A hash in the file itself proves nothing:
 * whoever can write there can compute it. Who may write in a folder above can put another one in its
 * place.
 */
export async function otherWriters(
  path: string,
  trusted: readonly number[] = [],
): Promise<string | undefined> {
  const uids = [0, Deno.uid() ?? 0, ...trusted];
  try {
    const real = await Deno.realPath(path);
    for (let at = real;; at = dirname(at)) {
      const why = whyOthers(await Deno.lstat(at), uids);
      if (why !== undefined) return `"${at}" ${why}`;
      if (at === dirname(at)) return undefined;
    }
  } catch (thrown) {
    throw fileError("look at", path, thrown);
  }
}

/** What of a file or folder lets others write to it; undefined where nothing does. */
export function whyOthers(
  { uid, gid, mode, isDirectory }: Pick<Deno.FileInfo, "uid" | "gid" | "mode" | "isDirectory">,
  trusted: readonly number[],
): string | undefined {
  if (!trusted.includes(uid ?? 0)) return `belongs to user ${uid}`;
  const bits = mode ?? 0;
  // In such a folder, as in /tmp, everybody can make files, but replace only their own.
  if (isDirectory && (bits & STICKY) !== 0) return undefined;
  if ((bits & OTHERS) !== 0) return "can be written to by everybody";
  // Debian and others give each user a group of the same number, and let it write.
  const ownGroup = gid === uid || gid === 0;
  return (bits & GROUP) !== 0 && !ownGroup ? `can be written to by group ${gid}` : undefined;
}

const STICKY = 0o1000;
const GROUP = 0o020;
const OTHERS = 0o002;
