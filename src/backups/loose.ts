import { join } from "node:path";
import { OakumError } from "../core/errors.ts";
import { type Ends, readEnds, readGzipEnds } from "./ends.ts";
import { fileError } from "./file_error.ts";
import { refusal } from "./loose_refusal.ts";
import { hasOnlyCrlf, kindOf } from "./magic.ts";

/** A dump that oakum did not write. */
export interface LooseDump {
  readonly path: string;
  readonly bytes: number;
  /** About how long it is as SQL text. */
  readonly textBytes: number;
  readonly kind: "custom" | "plain" | "plain-gzip";
  /** `cluster` is pg_dumpall's; null where the file does not say who wrote it. */
  readonly scope: "database" | "cluster" | null;
  /** Whether it has its end; null where only reading it with PostgreSQL's tools can tell. */
  readonly whole: boolean | null;
  /** Why it is not whole, or why that is not known, as half a sentence; empty where it is whole. */
  readonly doubt: string;
  /** Whether a terminal has made CRLF of every LF, also inside of functions and texts. */
  readonly crlf: boolean;
}

/** How many times as long the text of a dump in PostgreSQL's own compression is (measured). */
const UNPACKED = 3;

/** Says what a foreign file is; throws with outcome `refused` for what cannot be restored. */
export async function recogniseDump(path: string, signal?: AbortSignal): Promise<LooseDump> {
  try {
    const { size: bytes } = await requireFile(path);
    const ends = await readEnds(path);
    const kind = kindOf(ends.head);
    if (kind === "custom") return { path, bytes, textBytes: bytes * UNPACKED, ...customDump() };
    if (kind === "text") return { path, bytes, textBytes: bytes, kind: "plain", ...judge(ends) };
    if (kind !== "gzip") throw refusal(path, kind);
    const inside = await readGzipEnds(path, signal);
    requireSql(path, inside);
    return { path, bytes, textBytes: inside.bytes, kind: "plain-gzip", ...judge(inside) };
  } catch (thrown) {
    signal?.throwIfAborted();
    throw fileError("read", path, thrown, "refused");
  }
}

async function requireFile(path: string): Promise<Deno.FileInfo> {
  const info = await Deno.stat(path).catch((thrown) => {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    throw new OakumError("unknown-file", "notFound", `There is no file "${path}".`);
  });
  if (info.isDirectory) throw refusal(path, await isDumpFolder(path) ? "directory" : "folder");
  if (!info.isFile) throw refusal(path, "device");
  if (info.size === 0) throw refusal(path, "empty");
  return info;
}

function isDumpFolder(path: string): Promise<boolean> {
  return Deno.stat(join(path, "toc.dat")).then((info) => info.isFile, () => false);
}

function requireSql(path: string, { head, broken }: Ends): void {
  const kind = kindOf(head);
  if (head.length === 0 && !broken) throw refusal(path, "empty");
  if (kind === "custom") throw refusal(path, "gzipped-custom");
  if (kind !== "text") throw refusal(path, kind);
}

function customDump(): Omit<LooseDump, "path" | "bytes" | "textBytes"> {
  const doubt = "only a full read by pg_restore shows whether a custom-format dump is whole";
  return { kind: "custom", scope: "database", whole: null, doubt, crlf: false };
}

function judge(
  { head, tail, broken }: Ends,
): Pick<LooseDump, "scope" | "whole" | "doubt" | "crlf"> {
  const scope = scopeOf(head);
  const crlf = hasOnlyCrlf(head);
  if (broken) return { scope, crlf, whole: false, doubt: broken };
  if (!scope) {
    return { scope, crlf, whole: null, doubt: "it is not by pg_dump, so nothing marks its end" };
  }
  return hasTrailer(tail)
    ? { scope, crlf, whole: true, doubt: "" }
    : { scope, crlf, whole: false, doubt: "the line that ends a dump is missing: it was cut" };
}

function scopeOf(head: Uint8Array): LooseDump["scope"] {
  const line = /^-- PostgreSQL database (cluster )?dump\r?$/m.exec(latin1(head));
  if (!line) return null;
  return line[1] ? "cluster" : "database";
}

/** The trailer, and after it nothing but comments and the `\unrestrict` of newer versions. */
function hasTrailer(tail: Uint8Array): boolean {
  const lines = latin1(tail).split(/\r?\n/);
  const at = lines.findLastIndex((line) =>
    /^-- PostgreSQL database (cluster )?dump complete$/.test(line)
  );
  return at >= 0 && lines.slice(at + 1).every((line) => /^(--.*|\\unrestrict .*|\s*)$/.test(line));
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
