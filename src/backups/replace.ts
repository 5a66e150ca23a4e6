import { join } from "node:path";
import { moveFile, removeFile, syncFolder, writeNewFile } from "./files.ts";
import type { LockedFolder } from "./lock.ts";
import { temporaryName } from "./names.ts";

/** Writes a file of oakum's own in one step, mode 0600; one that has the name is replaced. */
export async function replaceFile(
  folder: LockedFolder,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = join(folder.path, temporaryName(folder.run, name));
  try {
    await writeNewFile(temporary, bytes);
    await moveFile(temporary, join(folder.path, name));
  } catch (thrown) {
    await removeFile(temporary).catch(() => {});
    throw thrown;
  }
  await syncFolder(folder.path);
}
