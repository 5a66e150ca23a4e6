const CHUNK = 128 * 1024;

/** A file's bytes in order, each chunk a buffer of its own; `onBytes` hears how many came so far. */
export async function* readFile(
  path: string,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  for (let bytes = 0;;) {
    // A reader may still hold the chunk before: a buffer is never used again.
    const buffer = new Uint8Array(CHUNK);
    const read = await file.read(buffer);
    if (read === null) return;
    onBytes(bytes += read);
    yield buffer.subarray(0, read);
  }
}
