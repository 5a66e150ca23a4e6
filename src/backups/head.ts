import { messageOf } from "../core/errors.ts";
import { gunzipped } from "../core/gunzip.ts";
import { readFile } from "../core/read_file.ts";
import { errnoOf } from "./file_error.ts";
import { readBetween } from "./files.ts";

/** Enough for the header's first definitions, in which a terminal's traces show. */
const HEAD = 64 * 1024;

/** Beginning of a file's content, and how that ends. */
export interface Head {
  readonly head: Uint8Array;
  /** How long the content is. */
  readonly bytes: number;
  /** Why the content stops before its end, as half a sentence; null where it does not. */
  readonly broken: string | null;
}

/** Reads the beginning of a file as it is. */
export async function readHead(path: string): Promise<Head> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  return { head: await readBetween(file, 0, Math.min(size, HEAD)), bytes: size, broken: null };
}

/** Unpacks a whole gzip file, in constant memory, and returns the beginning of what was in it. */
export async function readGzipHead(path: string, signal?: AbortSignal): Promise<Head> {
  let head: Uint8Array = new Uint8Array();
  let bytes = 0;
  try {
    for await (const chunk of gunzipped(readFile(path))) {
      signal?.throwIfAborted();
      bytes += chunk.length;
      if (head.length < HEAD) head = joined(head, chunk).slice(0, HEAD);
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    if (!errnoOf(thrown).startsWith("Z_") || isBehind(thrown)) throw thrown;
    return { head, bytes, broken: reason(thrown) };
  }
  return { head, bytes, broken: null };
}

/** Whether a gzip file is whole, and something else stands behind it: only a header can be no header. */
export function isBehind(thrown: unknown): boolean {
  return errnoOf(thrown) === "Z_TRAILING" || /incorrect header check/.test(messageOf(thrown));
}

function reason(thrown: unknown): string {
  return errnoOf(thrown) === "Z_BUF_ERROR"
    ? "the compressed file ends too early"
    : `the compressed file is damaged (${messageOf(thrown)})`;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
