import { join } from "node:path";
import { OakumError } from "../core/errors.ts";
import { archiveHeader } from "./archive_header.ts";
import { utf16Text } from "../core/utf16.ts";
import { type Head, isBehind, readGzipHead, readHead } from "./head.ts";
import { fileError } from "./file_error.ts";
import { refusal } from "./loose_refusal.ts";
import { hasOnlyCrlf, kindOf } from "./magic.ts";

/** A dump that oakum did not write. */
export interface LooseDump {
  readonly path: string;
  readonly bytes: number;
  /** About how long it is as SQL text. */
  readonly textBytes: number;
  readonly kind: "custom" | "tar" | "directory" | "plain" | "plain-gzip";
  /** Whether a script is in UTF-16, as PowerShell's `>` makes it. */
  readonly utf16: boolean;
  /** `cluster` is pg_dumpall's; null where the file does not say who wrote it. */
  readonly scope: "database" | "cluster" | null;
  /** Why what it is packed in stops before its end, as half a sentence; null where it does not. */
  readonly broken: string | null;
  /** Whether a terminal has made CRLF of every LF, also inside of functions and texts. */
  readonly crlf: boolean;
  /** The major version of the pg_dump that wrote an archive; undefined for a script. */
  readonly from: number | undefined;
}

/** How many times as long the text of a dump in PostgreSQL's own compression is (measured). */
const UNPACKED = 3;
const TOC = "toc.dat";
const TAR_BLOCK = 512;

/** Says what a foreign file is; throws with outcome `refused` for what cannot be restored. */
export async function recogniseDump(path: string, signal?: AbortSignal): Promise<LooseDump> {
  try {
    if (await requireDump(path)) return await recogniseFolder(path);
    const { head, bytes } = await readHead(path);
    const kind = kindOf(head);
    if (kind === "custom") return archive(path, "custom", bytes, head);
    if (kind === "tar") return archive(path, "tar", bytes, head.subarray(TAR_BLOCK));
    if (kind === "text" || kind === "utf16") return script(path, "plain", bytes, { head, bytes });
    if (kind !== "gzip") throw refusal(path, kind);
    const inside = await readGzipHead(path, signal);
    requireSql(path, inside);
    return script(path, "plain-gzip", bytes, inside);
  } catch (thrown) {
    signal?.throwIfAborted();
    if (isBehind(thrown)) throw refusal(path, "gzip-and-more");
    throw fileError("read", path, thrown, "refused");
  }
}

/** Answers whether it is a folder of a dump. */
async function requireDump(path: string): Promise<boolean> {
  const info = await Deno.stat(path).catch((thrown) => {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    throw new OakumError("unknown-file", "notFound", `There is no file "${path}".`);
  });
  if (info.isDirectory) {
    const toc = await Deno.stat(join(path, TOC)).then(({ isFile }) => isFile, () => false);
    if (!toc) throw refusal(path, "folder");
    return true;
  }
  if (!info.isFile) throw refusal(path, "device");
  if (info.size === 0) throw refusal(path, "empty");
  return false;
}

/** What `pg_dump -Fd` made: a table of contents, and a file for each table. */
async function recogniseFolder(path: string): Promise<LooseDump> {
  let bytes = 0;
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (isFile) bytes += (await Deno.stat(join(path, name))).size;
  }
  const { head } = await readHead(join(path, TOC));
  return archive(path, "directory", bytes, head);
}

function requireSql(path: string, { head, broken }: Head): void {
  const kind = kindOf(head);
  if (head.length === 0 && !broken) throw refusal(path, "empty");
  if (kind === "custom") throw refusal(path, "gzipped-custom");
  if (kind === "tar" || kind === "tar-other") throw refusal(path, "tar-gzip");
  if (kind !== "text" && kind !== "utf16") throw refusal(path, kind);
}

function archive(
  path: string,
  kind: LooseDump["kind"],
  bytes: number,
  head: Uint8Array,
): LooseDump {
  const { tool: from } = archiveHeader(head);
  const ofScript = { broken: null, crlf: false, utf16: false };
  return { path, bytes, textBytes: bytes * UNPACKED, kind, scope: "database", from, ...ofScript };
}

function script(
  path: string,
  kind: "plain" | "plain-gzip",
  bytes: number,
  { head, bytes: inside, broken = null }: Pick<Head, "head" | "bytes"> & Partial<Head>,
): LooseDump {
  const utf16 = kindOf(head) === "utf16";
  const text = utf16 ? new TextEncoder().encode(utf16Text(head)) : head;
  const textBytes = utf16 ? Math.ceil(inside / 2) : inside;
  const scope = scopeOf(text);
  return {
    path,
    bytes,
    textBytes,
    kind,
    scope,
    broken,
    crlf: hasOnlyCrlf(text),
    utf16,
    from: undefined,
  };
}

function scopeOf(head: Uint8Array): LooseDump["scope"] {
  const line = /^-- PostgreSQL database (cluster )?dump\r?$/m.exec(latin1(head));
  if (!line) return null;
  return line[1] ? "cluster" : "database";
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
