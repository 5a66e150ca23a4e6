import { statfs } from "node:fs/promises";
import { OakumError } from "../core/errors.ts";
import { size } from "../core/sizes.ts";
import { fileError } from "./file_error.ts";

/** Databases seldom grow by a fifth between two backups; if one does, the full disk is found. */
const GROWTH = 1.2;

/** Bytes that this user can still write to the file system of a path. */
export async function freeSpace(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (thrown) {
    throw fileError("ask for the free space of", path, thrown);
  }
}

/** Refuses a dump that will not fit, judged by the bytes of the one before it. */
export async function requireSpace(path: string, previousBytes: number): Promise<void> {
  const free = await freeSpace(path);
  const needed = Math.ceil(previousBytes * GROWTH);
  if (free >= needed) return;
  throw new OakumError(
    "too-little-space",
    "refused",
    `"${path}" has ${size(free)} free; the backup before this one took ${size(previousBytes)} ` +
      `and a new one needs about ${size(needed)}.`,
    {
      hint: "Free some space there, or choose another folder with --dir.",
      data: { path, free, needed, previousBytes },
    },
  );
}
