/** What the first bytes of a file say that it is. */
export type FileKind =
  | "custom"
  | "custom-crlf"
  | "custom-utf16"
  | "directory"
  | "tar"
  | "tar-other"
  | "gzip"
  | "zstd"
  | "xz"
  | "bzip2"
  | "zip"
  | "age"
  | "utf16"
  | "utf16-bare"
  | "binary"
  | "text";

const MAGIC: readonly (readonly [FileKind, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["age", Array.from(new TextEncoder().encode("age-encryption.org/v1"))],
  // PowerShell's `>` rewrites every program's output as UTF-16.
  ["utf16", [0xff, 0xfe]],
  ["utf16", [0xfe, 0xff]],
];

const PGDMP = Array.from(new TextEncoder().encode("PGDMP"));
const TOC = Array.from(new TextEncoder().encode("toc.dat\0"));
const USTAR = Array.from(new TextEncoder().encode("ustar"));

/** pg_dump's header: magic, three bytes of version, sizes of integers and offsets, the format. */
const FORMAT_BYTE = 10;
const CUSTOM_FORMAT = 1;

/** Tells a file's kind by its first bytes (64 kB say enough), never by its name. */
export function kindOf(head: Uint8Array): FileKind {
  if (startsWith(head, PGDMP)) {
    if (head[FORMAT_BYTE] !== CUSTOM_FORMAT) return "directory";
    return hasOnlyCrlf(head) ? "custom-crlf" : "custom";
  }
  if (startsWith(head.subarray(257), USTAR)) return startsWith(head, TOC) ? "tar" : "tar-other";
  const known = MAGIC.find(([, magic]) => startsWith(head, magic));
  if (known?.[0] === "utf16" && startsWith(bare(head), PGDMP)) return "custom-utf16";
  if (known) return known[0];
  if (isBareUtf16(head)) return "utf16-bare";
  return head.includes(0) ? "binary" : "text";
}

/** Whether it is Latin text in UTF-16 without a mark: every other byte is zero, and no other is. */
function isBareUtf16(head: Uint8Array): boolean {
  const units = head.subarray(0, 64);
  if (units.length < 8) return false;
  return [0, 1].some((zero) => units.every((byte, at) => (byte === 0) === (at % 2 === zero)));
}

/** What stays of UTF-16 where every letter is of one byte. */
function bare(head: Uint8Array): Uint8Array {
  return head.subarray(2, 64).filter((byte) => byte !== 0);
}

/**
 * Whether a terminal came between: it makes CRLF of every LF. In a custom-format dump that is
 * certain, since its table of contents holds SQL of many lines that end with a bare LF.
 */
export function hasOnlyCrlf(head: Uint8Array): boolean {
  let at = head.indexOf(0x0a);
  if (at < 0) return false;
  for (; at >= 0; at = head.indexOf(0x0a, at + 1)) {
    if (head[at - 1] !== 0x0d) return false;
  }
  return true;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, at) => bytes[at] === byte);
}
