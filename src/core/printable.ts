/**
 * What may not reach a reader as it is: control characters move a terminal's cursor, set titles and
 * answer as if typed; bidirectional marks and invisible characters show another text than there is.
 */
export const UNSAFE = String
  .raw`[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]`;
const unsafe = new RegExp(UNSAFE, "gu");
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Untrusted text on one line, with everything that could harm a reader made visible. */
export function printable(text: string): string {
  return text.replace(unsafe, escaped);
}

/** Untrusted text of several lines: line feeds and tabs stay. */
export function printableLines(text: string): string {
  const kept = (character: string) => character === "\n" || character === "\t";
  return text.replaceAll("\r\n", "\n")
    .replace(unsafe, (match) => kept(match) ? match : escaped(match));
}

/** An unsafe character as `\n`, `\x1b` or `\u{202e}`. */
export function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return NAMED[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`);
}

/** A number as so many hexadecimal digits, or more. */
export function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
