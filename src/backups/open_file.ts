import { basename, dirname, join } from "node:path";
import { shellWord } from "../core/shell.ts";
import { size } from "../core/sizes.ts";
import { fileError, inTheWay } from "./file_error.ts";
import { createFile, isSameFile, lookup, readBetween } from "./files.ts";
import { parseTemporary } from "./names.ts";

const MIB = 2 ** 20;

/** Bytes that no file of its kind comes near: what is longer was not written by oakum. */
export const LONGEST = {
  lock: MIB / 16,
  drift: MIB,
  globals: 64 * MIB,
  rehearsal: 64 * MIB,
  manifest: 256 * MIB,
  journal: 256 * MIB,
} as const;

/** How often a file may be another one by the time that it is open. */
const TIMES = 50;

/** What a file of the backup folder is opened for. */
export interface OpenFor extends Omit<Deno.OpenOptions, "createNew" | "truncate"> {
  /** Bytes beyond which it is refused. */
  readonly longest?: number;
}

/**
 * Opens a file of the backup folder. Whoever can write there can have put anything in its place, so
 * nothing is followed, waited for or emptied: only an ordinary file that has this one name is opened,
 * anything else is refused with its path. What the system says is thrown as it is.
 */
export async function openFile(
  path: string,
  { longest = Infinity, create, ...options }: OpenFor = { read: true },
): Promise<Deno.FsFile> {
  for (let time = 0; time < TIMES; time++) {
    const file = await openOnce(path, options, create ?? false);
    if (!file) continue; // Somebody made, removed or replaced it in this very moment.
    try {
      const { size: bytes } = await file.stat();
      if (bytes <= longest) return file;
      throw inTheWay(
        path,
        `has ${size(bytes)}, and oakum writes no more than ${size(longest)}`,
        LOOK,
      );
    } catch (thrown) {
      file.close();
      throw thrown;
    }
  }
  throw inTheWay(path, "is replaced again and again by somebody", LOOK);
}

async function openOnce(
  path: string,
  options: Deno.OpenOptions,
  create: boolean,
): Promise<Deno.FsFile | void> {
  const found = await lookup(path);
  if (!found && create) return await createOnce(path, options);
  if (!found) return (await Deno.open(path, options)).close(); // Throws that there is none.
  const strange = await strangeness(path, found);
  if (strange !== undefined) throw inTheWay(path, strange, hintFor(path, found));
  const file = await Deno.open(path, options);
  // A link that was put there since leads to another file, which was opened and nothing more.
  if (isSameFile(found, await file.stat())) return file;
  file.close();
}

async function createOnce(
  path: string,
  options: Deno.OpenOptions,
): Promise<Deno.FsFile | undefined> {
  try {
    return await createFile(path, options);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AlreadyExists) return undefined;
    throw thrown;
  }
}

/** Reads a whole small file of the backup folder; throws as `openFile` does. */
export async function readSmallFile(path: string, longest: number): Promise<Uint8Array> {
  using file = await openFile(path, { read: true, longest });
  return await readBetween(file, 0, (await file.stat()).size);
}

/** The same as text, with errors for people. */
export async function readSmallText(path: string, longest: number): Promise<string> {
  try {
    return new TextDecoder().decode(await readSmallFile(path, longest));
  } catch (thrown) {
    throw fileError("read", path, thrown);
  }
}

/** What is odd about what lies at a path, as the end of a sentence; nothing for a file of oakum's. */
export async function strangeness(path: string, found: Deno.FileInfo): Promise<string | undefined> {
  if (found.isSymlink) return "is a symbolic link; oakum follows none inside the backup folder";
  if (!found.isFile) return `is ${kindOf(found)}, where only an ordinary file belongs`;
  if ((found.nlink ?? 1) - 1 <= await namesOfRuns(path, found)) return undefined;
  return "has a second name, by which somebody else may write to it";
}

function kindOf(found: Deno.FileInfo): string {
  if (found.isDirectory) return "a folder";
  if (found.isFifo) return "a named pipe";
  if (found.isSocket) return "a socket";
  return "a device";
}

/** While a file is published it has its temporary name as well, and keeps it where the run dies. */
async function namesOfRuns(path: string, found: Deno.FileInfo): Promise<number> {
  if ((found.nlink ?? 1) < 2) return 0;
  let own = 0;
  for await (const { name } of Deno.readDir(dirname(path))) {
    const other = name !== basename(path) && parseTemporary(name) !== undefined;
    if (other && isSameFile(found, await lookup(join(dirname(path), name)))) own++;
  }
  return own;
}

const LOOK = "Move it away, and find out who put it there: nobody but oakum should write there.";

function hintFor(path: string, found: Deno.FileInfo): string {
  if (!found.isFile) return LOOK;
  const [from, to] = [shellWord(path), shellWord(`${path}.own`)];
  return `Give it a file of its own: cp -p ${from} ${to} && mv ${to} ${from}`;
}
