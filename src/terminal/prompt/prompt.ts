import type { Style } from "../style.ts";
import type { Key } from "./keys.ts";

/** A prompt without a terminal: what it shows, and what a key does to it. */
export interface Prompt<S, A> {
  readonly start: S;
  /** The line that is being answered. */
  render(state: S, style: Style): readonly string[];
  onKey(state: S, key: Key): Turn<S, A>;
}

/** What comes of a key: another state, the answer, or a person who would rather not. */
export type Turn<S, A> =
  | { readonly state: S }
  | { readonly answer: A }
  | { readonly declined: true };

/** Escape and Ctrl-D decline every prompt. */
export function declines(key: Key): boolean {
  return key.name === "escape" || key.name === "end";
}

/** The typed text after a key. */
export function edited(text: string, key: Key): string {
  if (key.name === "text") return text + key.text;
  if (key.name === "backspace") return Array.from(text).slice(0, -1).join("");
  return key.name === "clear" ? "" : text;
}
