import { join } from "node:path";
import { z } from "zod";
import { OakumError } from "../core/errors.ts";
import { ago, type Clock, rfc3339, sleep } from "../core/time.ts";
import { fileError, isDiskFull } from "./file_error.ts";
import { isSameFile, lookup, writeAll } from "./files.ts";
import { LONGEST, openFile, readSmallText } from "./open_file.ts";

const LOCK = ".lock";

const holderSchema = z.object({
  run: z.string(),
  pid: z.number().int(),
  command: z.string(),
  at: z.iso.datetime(),
});

/** Who holds a folder's lock, for the message of whoever comes second. */
export type LockHolder = z.infer<typeof holderSchema>;

/** What taking a lock needs to know. */
export interface LockOptions {
  /** Id of the run, letters and digits only: temporary names carry it. */
  readonly run: string;
  /** What is done under the lock, such as `backup`; shown to others, so never a secret. */
  readonly command: string;
  readonly pid: number;
  readonly clock: Clock;
}

/** A target's folder that only this run changes; the kernel ends the lock with the process. */
export class LockedFolder implements AsyncDisposable {
  readonly #file: Deno.FsFile;

  constructor(readonly path: string, readonly run: string, file: Deno.FsFile) {
    this.#file = file;
  }

  /** Ends the lock. The file stays: removing it would let two runs lock two different files. */
  async [Symbol.asyncDispose](): Promise<void> {
    // An old name in the file does no harm: it is read only while somebody holds the lock.
    await this.#file.truncate(0).catch(() => {});
    // Closing alone ends it only with the last copy, which a process that is being started may have.
    await this.#file.unlock().catch(() => {});
    this.#file.close();
  }
}

/** Takes the lock of a target's folder, or throws with outcome `locked` and the holder's name. */
export async function lockFolder(path: string, options: LockOptions): Promise<LockedFolder> {
  if (!/^[0-9A-Za-z]+$/.test(options.run)) throw new Error(`"${options.run}" is no run id`);
  const lockPath = join(path, LOCK);
  for (;;) {
    const file = await openLock(lockPath);
    try {
      if (!await file.tryLock(true)) throw await lockedError(path, options.clock);
      if (await isAt(file, lockPath)) {
        await sign(file, options);
        return new LockedFolder(path, options.run, file);
      }
    } catch (thrown) {
      file.close();
      throw fileError("lock", lockPath, thrown, "refused");
    }
    file.close();
  }
}

const PAUSE_MS = 250;

/** How long another run is waited for. */
export interface Patience {
  /** Milliseconds. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** Hears once who is waited for. */
  readonly onWait: (why: string) => void;
}

/** The same, but waits for another run to end. */
export async function lockFolderPatiently(
  path: string,
  options: LockOptions,
  { waitMs, signal, onWait }: Patience,
): Promise<LockedFolder> {
  const until = performance.now() + waitMs;
  for (let told = false;; told = true) {
    try {
      return await lockFolder(path, options);
    } catch (error) {
      const busy = error instanceof OakumError && error.outcome === "locked";
      if (!busy || performance.now() > until) throw error;
      if (!told) onWait(error.message);
    }
    await sleep(PAUSE_MS, signal);
  }
}

/** Throws where nobody could take the lock; nobody who takes it meanwhile is disturbed. */
export async function requireLockable(folder: string): Promise<void> {
  (await openLock(join(folder, LOCK))).close();
}

async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    return await openFile(path, { read: true, write: true, create: true });
  } catch (thrown) {
    throw fileError("write", path, thrown, "refused");
  }
}

/** Somebody may have removed or replaced the file between its opening and its locking. */
async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  return isSameFile(await file.stat(), await lookup(path));
}

/** Says who holds the lock. A full disk must not keep anybody from the lock: it is needed to prune. */
async function sign(file: Deno.FsFile, { run, command, pid, clock }: LockOptions): Promise<void> {
  const holder: LockHolder = { run, pid, command, at: rfc3339(clock.now()) };
  try {
    await file.truncate(0);
    await writeAll(file, new TextEncoder().encode(JSON.stringify(holder) + "\n"));
  } catch (thrown) {
    if (!isDiskFull(thrown)) throw thrown;
  }
}

/** Who holds the lock, as far as its file tells. */
async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readSmallText(path, LONGEST.lock)));
  } catch {
    return undefined; // The holder has not signed yet: it says less, but it is locked all the same.
  }
}

async function lockedError(path: string, clock: Clock): Promise<OakumError> {
  const holder = await readHolder(join(path, LOCK));
  const by = holder
    ? `\`${holder.command}\` (run ${holder.run}, process ${holder.pid}, begun ${
      ago(new Date(holder.at), clock.now())
    })`
    : "another run";
  return new OakumError("folder-locked", "locked", `"${path}" is in use by ${by}.`, {
    hint: "Wait for it to end. The lock ends with its process: there is no lock file to remove.",
    data: { path, holder: holder ?? null },
  });
}
