import { styleText } from "node:util";

/** What a piece of text is, rather than which colour it has. */
export type Tone = "strong" | "dim" | "good" | "warn" | "bad" | "accent";

/** Colours text by its tone, or hands it back as it is. */
export type Style = (tone: Tone, text: string) => string;

/** `printable.ts` lets these colours through to a terminal, and no others. */
const FORMATS = {
  strong: "bold",
  dim: "dim",
  good: "green",
  warn: "yellow",
  bad: "red",
  accent: "cyan",
} as const;

/** Leaves text as it is. */
export const plainStyle: Style = (_tone, text) => text;

/** Colours text, whatever the stream is. */
export const colourStyle: Style = (tone, text) =>
  text && styleText(FORMATS[tone], text, { validateStream: false });

/** What decides on colour. */
export interface ColourFacts {
  readonly terminal: boolean;
  /** False where `--no-color` was given. */
  readonly wanted: boolean;
  readonly environment: (name: string) => string | undefined;
}

/** Whether text may be coloured: a terminal that can, and neither `--no-color` nor `NO_COLOR`. */
export function useColour({ terminal, wanted, environment }: ColourFacts): boolean {
  return terminal && wanted && !environment("NO_COLOR") && environment("TERM") !== "dumb";
}
