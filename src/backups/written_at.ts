import { constants, gunzipSync } from "node:zlib";
import { basename, join } from "node:path";
import { rfc3339 } from "../core/time.ts";
import { readBetween } from "./files.ts";
import { writtenByName } from "./written_name.ts";
import { believed, dateOf, fieldsOf, type Reading } from "./written_reading.ts";

const HEAD = 64 * 1024;
const TAIL = 4 * 1024;
/** The table of contents of a folder and, as its first member, of a tar file. */
const TOC = "toc.dat";
const TAR_BLOCK = 512;

/**
 * When a foreign dump was written, as it says itself, else as its name says: RFC 3339, or only a date
 * where no time zone is known. Null where neither says, or says a time that is yet to come. What the
 * file system says is the time of a copy.
 */
export async function readWrittenAt(path: string, now: Date): Promise<string | null> {
  const { isDirectory } = await Deno.stat(path);
  const { head, tail } = await readEndsOf(isDirectory ? join(path, TOC) : path);
  const said = headerOf(head) ?? startedOn(textOf(head)) ?? endedOn(textOf(tail));
  const found = believed(said, now) ?? believed(writtenByName(basename(path)), now);
  if (!found) return null;
  return found.exact ? rfc3339(found.at) : rfc3339(found.at).slice(0, 10);
}

/** The beginning of what is in the file, also where it is compressed, and its end as it lies there. */
async function readEndsOf(path: string): Promise<{ head: Uint8Array; tail: Uint8Array }> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const head = await readBetween(file, 0, Math.min(size, HEAD));
  const tail = await readBetween(file, Math.max(0, size - TAIL), size);
  return { head: head[0] === 0x1f && head[1] === 0x8b ? unpacked(head) : head, tail };
}

/** As much as the beginning of a gzip file holds. */
function unpacked(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array();
  }
}

function textOf(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(utf16 ? "utf-16le" : "latin1").decode(bytes);
}

/** `-- Started on 2026-11-29 15:27:18 UTC`, among the comments before the first statement. */
function startedOn(text: string): Reading | undefined {
  const [comments = ""] = text.split(/^(?!--|\\restrict|\s*$)/m, 1);
  return timeIn(/^-- Started on (.+?)\s*$/m.exec(comments)?.[1]);
}

/** The same of the end, and Adminer's last line; only in the comments after the last statement. */
function endedOn(text: string): Reading | undefined {
  const lines = text.trimEnd().split(/\r?\n/);
  const last = lines.findLastIndex((line) => !/^(--.*|\\unrestrict .*|\s*)$/.test(line));
  const said = lines.slice(last + 1).map((line) =>
    /^-- (?:Completed on )?(\d{4}-\d\d-\d\d .+)$/.exec(line)?.[1]
  );
  return timeIn(said.findLast((one) => one !== undefined));
}

const TIME =
  /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d+)? ?(UTC|GMT|Z|[+-]\d\d(?::?\d\d)?)?/;

/** Of a zone that has only a name, such as IST, nobody knows which one is meant: the date is left. */
function timeIn(text: string | undefined): Reading | undefined {
  const [, year, month, day, hour, minute, second, zone] = TIME.exec(text ?? "") ?? [];
  const fields = fieldsOf(year, month, day, hour, minute, second);
  if (!fields) return undefined;
  return zone === undefined ? dateOf({ ...fields, time: undefined }) : dateOf(fields, zone);
}

/** pg_dump's own formats have their time in their header, by a clock of no known zone. */
function headerOf(head: Uint8Array): Reading | undefined {
  const says = (from: number, text: string) =>
    new TextDecoder("latin1").decode(head.subarray(from, from + text.length)) === text;
  const bytes = says(0, TOC) ? head.subarray(TAR_BLOCK) : head;
  if (!says(bytes.byteOffset - head.byteOffset, "PGDMP")) return undefined;
  const [major = 0, minor = 0, , intBytes = 0] = bytes.subarray(5);
  if (major !== 1 || minor < 10 || intBytes > 8) return undefined;
  // A byte for the sign, then the number, its smallest byte first.
  const width = 1 + intBytes;
  const first = 11 + (minor >= 15 ? 1 : width);
  const int = (index: number) =>
    bytes.subarray(first + index * width + 1, first + (index + 1) * width)
      .reduceRight((sum, byte) => sum * 256 + byte, 0);
  const fields = fieldsOf(int(5) + 1900, int(4) + 1, int(3));
  return fields && dateOf(fields);
}
