import { readFile } from "../core/read_file.ts";
import { fileError } from "./file_error.ts";

/** A dump's bytes in order; a disk that does not give them is told with its path. */
export async function* readDump(
  path: string,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    yield* readFile(path, onBytes);
  } catch (thrown) {
    throw fileError("read", path, thrown);
  }
}
