import { escaped, hex, UNSAFE } from "../core/printable.ts";

export { printable } from "../core/printable.ts";

const unsafe = new RegExp(UNSAFE, "gu");
/** The colours that `style.ts` writes, and nothing else that begins with an escape. */
const unsafeOrColour = new RegExp(String.raw`\p{Cc}\[(?:[124]|2[24]|3[1236]|39)m|${UNSAFE}`, "gu");

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
