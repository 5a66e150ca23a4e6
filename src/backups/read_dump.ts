import { type OnBytes, readFile, readInPlace } from "../core/read_file.ts";
import { fileError } from "./file_error.ts";

/** A dump's bytes in order; a disk that does not give them is told with its path. */
export function readDump(path: string, onBytes: OnBytes): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return told(path, readFile(path, onBytes));
}

/** The same for a reader that is done with a chunk when it asks for the next. */
export function readDumpInPlace(
  path: string,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return told(path, readInPlace(path, onBytes));
}

async function* told(
  path: string,
  chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    yield* chunks;
  } catch (thrown) {
    throw fileError("read", path, thrown);
  }
}
