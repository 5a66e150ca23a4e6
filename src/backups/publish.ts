import { join } from "node:path";
import { publishFile, removeFile, syncFolder, writeNewFile } from "./files.ts";
import type { LockedFolder } from "./lock.ts";
import { type Manifest, manifestSchema } from "./manifest.ts";
import { manifestName, markerName, temporaryName } from "./names.ts";
import { sealed } from "./seal.ts";

/**
 * Makes a backup of finished temporary files: the data first, the manifest last, each step forced
 * to the disk. The manifest waits under a marker's name meanwhile, so that a run which dies here
 * leaves behind what tells the next one which files are no backup's. If a step fails, everything
 * that was published is taken back; the temporary files are the caller's.
 */
export async function publishBackup(folder: LockedFolder, manifest: Manifest): Promise<void> {
  const bytes = sealed(manifestSchema.parse(manifest));
  const at = (name: string) => join(folder.path, name);
  const marker = at(markerName(folder.run, manifest.id));
  const published: string[] = [marker];
  const publish = async (from: string, name: string) => {
    await publishFile(from, at(name));
    published.push(at(name));
  };
  try {
    await writeNewFile(marker, bytes);
    await syncFolder(folder.path);
    for (const { file } of [manifest.dump, manifest.globals].filter((data) => data !== null)) {
      await publish(at(temporaryName(folder.run, file)), file);
    }
    await syncFolder(folder.path);
    await publish(marker, manifestName(manifest.id));
    await syncFolder(folder.path);
  } catch (thrown) {
    await takeBack(published);
    throw thrown;
  }
  // The backup stands: a marker that cannot be removed is only a leftover for the next sweep.
  await removeFile(marker).catch(() => {});
}

/** Newest name first, so that the manifest goes before its data and the marker goes last. */
async function takeBack(published: readonly string[]): Promise<void> {
  try {
    for (const path of published.toReversed()) await removeFile(path);
  } catch {
    // What cannot be removed now keeps its marker, by which the next sweep knows it.
  }
}
