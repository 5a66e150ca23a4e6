/** How long a lock that is free can take to be had. */
const PATIENCE_MS = 300;

/** `FsFile.tryLock`, by a `lock` that is not waited for; one that is had later goes with the process. */
export async function tryLock(this: Deno.FsFile, exclusive = false): Promise<boolean> {
  const timeout = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => timeout.resolve(false), PATIENCE_MS);
  try {
    return await Promise.race([this.lock(exclusive).then(() => true), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
