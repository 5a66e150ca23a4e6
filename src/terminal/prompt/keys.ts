/** A key as a prompt sees it. */
export type Key =
  | { readonly name: "text"; readonly text: string }
  | { readonly name: Exclude<KeyName, "text"> };

type KeyName =
  | "text"
  | "enter"
  | "backspace"
  | "clear"
  | "up"
  | "down"
  | "escape"
  | "end"
  | "interrupt"
  | "other";

const CONTROL: Readonly<Record<string, Exclude<KeyName, "text">>> = {
  "\r": "enter",
  "\n": "enter",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x15": "clear",
  "\x03": "interrupt",
  "\x04": "end",
  "\x1b": "escape",
  "\x1b[A": "up",
  "\x1bOA": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
};
/** Escape sequences, a lone escape, other control characters, and text. */
// deno-lint-ignore no-control-regex -- keys are control characters
const PIECES = /\x1b[[O][0-9;]*[A-Za-z~]|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g;

/** The keys in what a terminal in raw mode sent. */
export function keysIn(input: string): Key[] {
  return Array.from(input.matchAll(PIECES), ([piece]): Key => {
    const name = CONTROL[piece];
    if (name) return { name };
    // deno-lint-ignore no-control-regex -- see above
    return /^[\x00-\x1f]/.test(piece) ? { name: "other" } : { name: "text", text: piece };
  });
}
