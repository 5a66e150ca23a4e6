import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { messageOf } from "../core/errors.ts";
import { errnoOf } from "./file_error.ts";
import { readBetween } from "./files.ts";

/** Enough for the header's first definitions, in which a terminal's traces show. */
const HEAD = 64 * 1024;
/** Enough for a trailer and what pg_dump writes after it. */
const TAIL = 4 * 1024;

/** Beginning and end of a file's content; in a short one they overlap. */
export interface Ends {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  /** How long the content is. */
  readonly bytes: number;
  /** Why the content stops before its end, as half a sentence; null where it does not. */
  readonly broken: string | null;
}

/** Reads both ends of a file as it is. */
export async function readEnds(path: string): Promise<Ends> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const head = await readBetween(file, 0, Math.min(size, HEAD));
  const tail = await readBetween(file, Math.max(0, size - TAIL), size);
  return { head, tail, bytes: size, broken: null };
}

/** Unpacks a whole gzip file, in constant memory, and returns the ends of what was in it. */
export async function readGzipEnds(path: string, signal?: AbortSignal): Promise<Ends> {
  let head: Uint8Array = new Uint8Array();
  let tail: Uint8Array = new Uint8Array();
  let bytes = 0;
  const take = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (head.length < HEAD) head = joined(head, chunk).slice(0, HEAD);
      tail = joined(tail, chunk.subarray(-TAIL)).slice(-TAIL);
    }
  };
  try {
    await pipeline(createReadStream(path), createGunzip(), take, signal ? { signal } : {});
  } catch (thrown) {
    signal?.throwIfAborted();
    if (!errnoOf(thrown).startsWith("Z_")) throw thrown;
    return { head, tail, bytes, broken: reason(thrown) };
  }
  return { head, tail, bytes, broken: null };
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
