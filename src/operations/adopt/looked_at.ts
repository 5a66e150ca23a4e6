import { discard } from "../../backups/expire.ts";
import type { Backup } from "../../backups/list.ts";
import { lockFolderPatiently } from "../../backups/lock.ts";
import { messageOf } from "../../core/errors.ts";
import type { Context } from "../context.ts";

/** Longer than a list, shorter than a backup: who only looked does not wait for one. */
const WAIT_MS = 10_000;

/**
 * What was adopted for a look alone, until it is disposed: a backup of it would stay for good, since
 * what was adopted never goes by itself.
 */
export function lookedAt(context: Context, backup: Backup, file: string): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => forget(context, backup, file) };
}

async function forget(
  { runId: run, clock, emit }: Context,
  { id, folder: path }: Backup,
  file: string,
): Promise<void> {
  try {
    const holder = { run, command: `restore ${file}`, pid: Deno.pid, clock };
    const { signal } = new AbortController();
    await using folder = await lockFolderPatiently(path, holder, {
      ...{ waitMs: WAIT_MS, signal, onWait: () => {} },
    });
    await discard(folder, id);
    const text = `${file} was only looked at, so no backup of it is kept. To keep one: oakum adopt`;
    emit({ type: "note", text: `${text} ${file}` });
  } catch (error) {
    // It is one backup more, which speaks for nothing and hurts nobody.
    const text = `The backup ${id}, made of ${file} for a look, could not be removed: ${
      messageOf(error)
    }`;
    emit({ type: "warning", code: "look-left", text });
  }
}
