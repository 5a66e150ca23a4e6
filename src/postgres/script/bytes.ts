import { Buffer } from "node:buffer";

/** Bytes that mean something in a script. */
export const BYTE = {
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  quote: 0x27,
  doubleQuote: 0x22,
  backslash: 0x5c,
  dash: 0x2d,
  slash: 0x2f,
  star: 0x2a,
  dollar: 0x24,
  semicolon: 0x3b,
  colon: 0x3a,
  dot: 0x2e,
  open: 0x28,
} as const;

const SPACE = 1;
const LETTER = 2;
const DIGIT = 4;
const CLASS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x20 || byte >= 0x09 && byte <= 0x0d) return SPACE;
  if (byte >= 0x30 && byte <= 0x39) return DIGIT;
  const letter = byte >= 0x80 || byte === 0x5f || /[A-Za-z]/.test(String.fromCharCode(byte));
  return letter ? LETTER : 0;
});

/** Whether a byte is white space. */
export function isSpace(byte: number): boolean {
  return CLASS[byte] === SPACE;
}

/** What a word begins with: a letter, also of any other alphabet, or a digit. */
export function isLetter(byte: number): boolean {
  return CLASS[byte] === LETTER;
}

/** Whether a byte is a digit. */
export function isDigit(byte: number): boolean {
  return CLASS[byte] === DIGIT;
}

/** Where the word or number ends that begins at a place. */
export function endOfWord(bytes: Uint8Array, from: number): number {
  const more = isDigit(bytes[from]!) ? BYTE.dot : BYTE.dollar;
  let at = from + 1;
  while (at < bytes.length && (CLASS[bytes[at]!]! >= LETTER || bytes[at] === more)) at++;
  return at;
}

/** Where the tag of a dollar quote ends, without its second dollar sign. */
export function endOfTag(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length && (isLetter(bytes[at]!) || at > from + 1 && isDigit(bytes[at]!))) at++;
  return at;
}

/** How many lines end between two places. */
export function countLines(bytes: Uint8Array, from: number, to: number): number {
  let lines = 0;
  for (
    let at = bytes.indexOf(BYTE.lineFeed, from);
    at >= 0 && at < to;
    at = bytes.indexOf(BYTE.lineFeed, at + 1)
  ) {
    lines++;
  }
  return lines;
}

/** How far a quoted text was read. */
export interface QuotedPart {
  /** Where its end is, or where its bytes run out. */
  readonly at: number;
  readonly lines: number;
  /** `more`: what comes next decides. */
  readonly state: "ended" | "goes-on" | "more";
}

/** Reads on in a quoted text; `final` says that nothing follows the bytes. */
export function readQuoted(
  bytes: Uint8Array,
  from: number,
  { quote, escapes, final }: { quote: number; escapes: boolean; final: boolean },
): QuotedPart {
  let lines = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    // The last byte may be the first of two.
    const isLast = at + 1 >= bytes.length && !final;
    if (byte === BYTE.lineFeed) lines++;
    else if (byte === BYTE.backslash && escapes) {
      if (isLast) return { at, lines, state: "more" };
      if (bytes[at + 1] !== BYTE.lineFeed) at++;
    } else if (byte === quote) {
      if (isLast) return { at, lines, state: "more" };
      if (bytes[at + 1] !== quote) return { at, lines, state: "ended" };
      at++;
    }
  }
  return { at: bytes.length, lines, state: "goes-on" };
}

/** How far a comment of many lines was read. */
export interface CommentPart extends Omit<QuotedPart, "state"> {
  /** How many are open, one in another; 0 behind its end. */
  readonly open: number;
  /** Whether what comes next decides. */
  readonly more: boolean;
}

/** Reads on in a comment that begins with a slash and a star, of which `open` are open. */
export function readComment(
  bytes: Uint8Array,
  from: number,
  open: number,
  final: boolean,
): CommentPart {
  let lines = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === BYTE.lineFeed) lines++;
    if (byte !== BYTE.star && byte !== BYTE.slash) continue;
    if (at + 1 >= bytes.length && !final) return { at, lines, open, more: true };
    const other = byte === BYTE.star ? BYTE.slash : BYTE.star;
    if (bytes[at + 1] !== other) continue;
    open += byte === BYTE.star ? -1 : 1;
    at++;
    if (open === 0) return { at: at + 1, lines, open, more: false };
  }
  return { at: bytes.length, lines, open, more: false };
}

/** Where the closing tag of a dollar quote stands, or how far there is none. */
export function findTag(
  bytes: Uint8Array,
  from: number,
  tag: Uint8Array,
  final: boolean,
): { at: number; found: boolean } {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(tag, from);
  if (found >= 0) return { at: found, found: true };
  // The tag's beginning may be the last bytes.
  return { at: Math.max(from, bytes.length - (final ? 0 : tag.length - 1)), found: false };
}

/** The first bytes of what may be long. */
export class Beginning {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(most: number) {
    this.#bytes = new Uint8Array(most);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Takes the bytes between two places, as far as there is room. */
  take(bytes: Uint8Array, from: number, to: number): void {
    const room = this.#bytes.length - this.#length;
    const part = bytes.subarray(from, Math.min(to, from + room));
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }

  get text(): string {
    return textOf(this.#bytes.subarray(0, this.#length));
  }
}

/** Bytes of a script as text. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
