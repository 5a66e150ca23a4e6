/**
 * What may not reach a terminal as it is: control characters move the cursor, set titles and
 * answer as if typed; bidirectional marks and invisible characters show another text than there is.
 */
const UNSAFE = String
  .raw`[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]`;
const unsafe = new RegExp(UNSAFE, "gu");
/** The colours that `style.ts` writes, and nothing else that begins with an escape. */
const unsafeOrColour = new RegExp(String.raw`\p{Cc}\[(?:[124]|2[24]|3[1236]|39)m|${UNSAFE}`, "gu");
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Untrusted text on one line, with everything that could harm a terminal made visible. */
export function printable(text: string): string {
  return text.replace(unsafe, escaped);
}

/**
 * Text of several lines as a terminal may have it: line feeds and tabs stay, and our own colours
 * where `colour` says so. The last guard in front of every stream, so that no caller can forget.
 */
export function defused(text: string, colour: boolean): string {
  return text.replace(unsafeOrColour, (match) => {
    if (match === "\n" || match === "\t") return match;
    if (match.length > 2 && colour && match.startsWith("\x1b")) return match;
    const [first = "", ...rest] = match;
    return escaped(first) + rest.join("");
  });
}

/** JSON text in which what `JSON.stringify` leaves raw is escaped as well; the value is the same. */
export function defusedJson(json: string): string {
  return json.replace(unsafe, (match) => {
    if (match === "\n") return match;
    return Array.from({ length: match.length }, (_, i) => `\\u${hex(match.charCodeAt(i), 4)}`)
      .join("");
  });
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return NAMED[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
