import { type OnBytes, readFile, readInPlace } from "../core/read_file.ts";
import { fileError } from "./file_error.ts";
import { openFile } from "./open_file.ts";

/** The bytes of a dump wherever it lies; a disk that does not give them is told with its path. */
export function readDump(path: string, onBytes: OnBytes): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return told(path, readFile(path, onBytes));
}

/** The bytes of a file of the backup folder, which is opened as `openFile` does. */
export function readOwnFile(
  path: string,
  onBytes?: OnBytes,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return told(path, readFile(() => openFile(path), onBytes));
}

/** The same for a reader that is done with a chunk when it asks for the next. */
export function readOwnInPlace(
  path: string,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return told(path, readInPlace(() => openFile(path), onBytes));
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
