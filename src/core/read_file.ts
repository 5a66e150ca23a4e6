const CHUNK = 128 * 1024;

/** A file by its path, or by what opens it. */
export type FileSource = string | (() => Promise<Deno.FsFile>);

/** Hears how many bytes came so far. */
export type OnBytes = (bytes: number) => void;

/** A file's bytes in order, each chunk a buffer of its own, since a reader may still hold the last. */
export async function* readFile(
  path: FileSource,
  onBytes: OnBytes = () => {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* read(path, onBytes, () => new Uint8Array(CHUNK));
}

/**
 * The same in one buffer: a chunk is valid until the next is asked for. Buffers of their own would
 * pile up until they are collected, and a large file would take more memory than a small one.
 */
export async function* readInPlace(
  path: FileSource,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(CHUNK);
  yield* read(path, onBytes, () => buffer);
}

async function* read(
  path: FileSource,
  onBytes: OnBytes,
  next: () => Uint8Array<ArrayBuffer>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await (typeof path === "string" ? Deno.open(path) : path());
  for (let bytes = 0;;) {
    const buffer = next();
    const came = await file.read(buffer);
    if (came === null) return;
    onBytes(bytes += came);
    yield buffer.subarray(0, came);
  }
}
