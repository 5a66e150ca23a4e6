import { join } from "node:path";
import { OakumError } from "../core/errors.ts";
import { isSameFile, lookup, removeFile, syncFolder } from "./files.ts";
import { readFolder } from "./folder.ts";
import type { LockedFolder } from "./lock.ts";
import type { Manifest } from "./manifest.ts";
import { parseManifest, strangeFile } from "./manifest_file.ts";
import { LONGEST, readSmallFile } from "./open_file.ts";
import { manifestName, parseTemporary, temporaryName } from "./names.ts";

/** A leftover of a dead run that a sweep has removed. */
export interface Swept {
  readonly file: string;
  readonly bytes: number;
  /** The run that left it. */
  readonly run: string;
}

interface Leftover {
  readonly name: string;
  readonly run: string;
  readonly marks: string | undefined;
}

/**
 * Removes what dead runs left in a folder: temporary files, and the files of backups that were half
 * published or half removed. Whoever holds the lock knows that every other run here is dead.
 * Dumps without a manifest and without a marker are somebody's, and stay. `onLeft` hears of leftovers
 * that cannot be removed.
 */
export async function sweep(
  folder: LockedFolder,
  onLeft: (file: string, why: unknown) => void,
): Promise<Swept[]> {
  const entries = await readFolder(folder.path) ?? [];
  const leftovers = entries.flatMap(({ name }): Leftover[] => {
    const temporary = parseTemporary(name);
    return temporary && temporary.run !== folder.run ? [{ name, ...temporary }] : [];
  });
  const swept: Swept[] = [];
  const done = new Set(leftovers);
  const orLeft = async (leftover: Leftover, work: () => Promise<Swept[]>) => {
    try {
      swept.push(...await work());
    } catch (error) {
      done.delete(leftover);
      onLeft(leftover.name, error);
    }
  };
  // Markers first, while the temporary files that prove whose the data is are still there.
  for (const leftover of leftovers.filter(({ marks }) => marks)) {
    await orLeft(leftover, () => sweepMarked(folder.path, leftover));
  }
  // A marker whose data is still there stays: nothing else tells whose it is.
  for (const leftover of leftovers.filter((one) => done.has(one))) {
    await orLeft(leftover, () => remove(folder.path, leftover.name, leftover.run));
  }
  if (swept.length > 0) await syncFolder(folder.path);
  return swept;
}

/** Removes the data that a marker names; the marker itself goes last, with the other leftovers. */
async function sweepMarked(folder: string, { name, run, marks }: Leftover): Promise<Swept[]> {
  if (await lookup(join(folder, manifestName(marks!)))) return [];
  const manifest = await readMarker(join(folder, name), marks!);
  const swept: Swept[] = [];
  for (const data of [manifest?.globals, manifest?.dump]) {
    if (data && await isOfRun(folder, data, run)) {
      swept.push(...await remove(folder, data.file, run));
    }
  }
  return swept;
}

/** A marker that cannot be read was cut while it was written: nothing was published by then. */
async function readMarker(path: string, id: string): Promise<Manifest | undefined> {
  try {
    const manifest = parseManifest(await readSmallFile(path, LONGEST.manifest), path);
    return manifest.id === id && strangeFile(manifest) === undefined ? manifest : undefined;
  } catch (thrown) {
    if (thrown instanceof OakumError) return undefined;
    throw thrown;
  }
}

/** While the temporary name exists, the published one must be a link to it; later, its size tells. */
async function isOfRun(
  folder: string,
  { file, bytes }: { file: string; bytes: number },
  run: string,
): Promise<boolean> {
  const published = await lookup(join(folder, file));
  const temporary = await lookup(join(folder, temporaryName(run, file)));
  return temporary ? isSameFile(published, temporary) : published?.size === bytes;
}

async function remove(folder: string, file: string, run: string): Promise<Swept[]> {
  const path = join(folder, file);
  const found = await lookup(path);
  if (!found) return [];
  await removeFile(path);
  return [{ file, bytes: found.size, run }];
}
