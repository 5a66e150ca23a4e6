import { join } from "node:path";
import { lookup, moveFile, removeFile, syncFolder } from "./files.ts";
import type { LockedFolder } from "./lock.ts";
import { readManifest } from "./manifest_file.ts";
import { manifestName, markerName } from "./names.ts";
import { isOwn } from "./own.ts";

/** Called with each backup before it goes. */
export interface ExpireOptions {
  readonly progress?: (id: string) => void;
  readonly signal?: AbortSignal;
}

/** What was removed. */
export interface Expired {
  readonly ids: readonly string[];
  readonly bytes: number;
}

/**
 * Removes backups for good. Each is read again first, since the decision may be older than the
 * lock: one that is gone is done, and one that has been pinned meanwhile stays, as does one that was
 * adopted, whoever decided what.
 */
export async function expire(
  folder: LockedFolder,
  ids: readonly string[],
  { progress, signal }: ExpireOptions = {},
): Promise<Expired> {
  const removed: string[] = [];
  let bytes = 0;
  for (const id of ids) {
    signal?.throwIfAborted();
    const path = join(folder.path, manifestName(id));
    if (!await lookup(path)) continue;
    const manifest = await readManifest(path);
    const { dump, globals, pinned } = manifest;
    if (pinned || !isOwn(manifest)) continue;
    progress?.(id);
    await removeBackup(folder, id, [globals?.file, dump.file].filter((file) => file !== undefined));
    removed.push(id);
    bytes += dump.bytes + (globals?.bytes ?? 0);
  }
  return { ids: removed, bytes };
}

/** Removes a backup that this very run made for a moment: whatever it is, nobody else knows of it. */
export async function discard(folder: LockedFolder, id: string): Promise<void> {
  const { dump, globals } = await readManifest(join(folder.path, manifestName(id)));
  await removeBackup(folder, id, [globals?.file, dump.file].filter((file) => file !== undefined));
}

/**
 * The manifest goes first, and with it the backup stops being one. It goes by getting the name of a
 * marker, so that a run which dies here leaves behind what tells the next one whose the files are.
 * A rename also needs no space: the disk may be full, which is why somebody removes backups.
 */
async function removeBackup(
  folder: LockedFolder,
  id: string,
  files: readonly string[],
): Promise<void> {
  const marker = join(folder.path, markerName(folder.run, id));
  await moveFile(join(folder.path, manifestName(id)), marker);
  await syncFolder(folder.path);
  for (const file of files) await removeFile(join(folder.path, file));
  await syncFolder(folder.path);
  await removeFile(marker);
}
