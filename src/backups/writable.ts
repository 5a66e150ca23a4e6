import { join } from "node:path";
import { OakumError } from "../core/errors.ts";
import { fileError } from "./file_error.ts";
import { lookup, removeFile, writeNewFile } from "./files.ts";
import { requireLockable } from "./lock.ts";
import { JOURNAL, temporaryName } from "./names.ts";
import { openFile } from "./open_file.ts";

/** More than the lines that a run writes into the journal take. */
const ROOM = 256 * 1024;

/**
 * Refuses where a target's folder does not take what a run has to write there: what it does to the
 * database must not be done by the time that this is found out. Nothing stays of the attempt.
 */
export async function requireWritable(folder: string, run: string): Promise<void> {
  try {
    await requireLockable(folder);
    await tryJournal(join(folder, JOURNAL));
    await tryRoom(join(folder, temporaryName(run, "room")));
  } catch (thrown) {
    const error = fileError("write in", folder, thrown);
    const { code, message, hint, data } = error;
    throw new OakumError(code, "refused", message, {
      data,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

async function tryJournal(path: string): Promise<void> {
  if (!await lookup(path)) return;
  try {
    using _file = await openFile(path, { read: true, append: true });
  } catch (thrown) {
    throw fileError("write", path, thrown);
  }
}

async function tryRoom(path: string): Promise<void> {
  try {
    await writeNewFile(path, new Uint8Array(ROOM));
  } finally {
    await removeFile(path);
  }
}
