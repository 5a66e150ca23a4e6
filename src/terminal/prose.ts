import { width } from "./width.ts";

// deno-lint-ignore no-control-regex -- colours are control sequences
const COLOUR = /\x1b\[\d+m/g;
/** What stands before the first word: an arrow, the box or the number of a list. */
const START = /^ *(?:→ |\[.\] |\d+\. )?/u;
/** Continued lines begin further left where the terminal would leave them no room otherwise. */
const LEAST_ROOM = 20;
/**
 * What a person would copy: text in backticks, a command that ends a sentence or follows a colon or
 * an arrow, and within a sentence a program with its verb and whatever looks like an argument.
 */
const COMMAND = new RegExp(
  [
    "`[^`]+`",
    String.raw`(?<=(?:^|[:→]) *)\b(?:oakum|docker) .+?(?=[.,;)]?(?: {2}|$)|[.,;)] )`,
    String.raw`\b(?:oakum|docker) \S+(?: (?:-\S+|\S*[A-Z0-9_/=]\S*))*`,
  ].join("|"),
  "gu",
);

/**
 * Lines of prose broken between words to at most `columns`; they go on below the first word of
 * theirs, at least `hang` columns from the left. Colours may be in it. A command stays whole where
 * it fits on a line of its own, and a longer word is left to the terminal, to be copied as it is.
 */
export function wrapProse(text: string, columns: number, hang = 0): string[] {
  return text.split("\n").flatMap((line) => {
    if (shownWidth(line) <= columns) return [line];
    const indent = Math.max(hang, START.exec(line)?.[0].length ?? 0);
    return broken(line, columns, Math.min(indent, Math.max(0, columns - LEAST_ROOM)));
  });
}

/** How many columns a terminal gives to the text, which may hold colours. */
export function shownWidth(text: string): number {
  return width(withoutColours(text));
}

/** The text without its colours. */
export function withoutColours(text: string): string {
  return text.replaceAll(COLOUR, "");
}

function broken(text: string, columns: number, indent: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of pieces(text, columns - indent)) {
    const fits = shownWidth(line) + shownWidth(piece.gap + piece.text) <= columns;
    // A line that holds but its label gains nothing from being broken.
    if (fits || shownWidth(line) <= indent) {
      line += piece.gap + piece.text;
    } else {
      lines.push(line);
      line = " ".repeat(indent) + piece.text;
    }
  }
  // A prompt ends with a space, behind which the cursor waits.
  return [...lines, line + (/ *$/.exec(text)?.[0] ?? "")];
}

interface Piece {
  /** The spaces in front of it, which go where a line is broken there. */
  readonly gap: string;
  readonly text: string;
}

/** The words, and the commands of several words that fit in the room. */
function pieces(text: string, room: number): Piece[] {
  const found: Piece[] = [];
  const within = insideCommand(text, room);
  for (const [i, [, gap = "", word = ""]] of Array.from(text.matchAll(WORD)).entries()) {
    const last = found.at(-1);
    if (!last || !within(i)) found.push({ gap, text: word });
    else found[found.length - 1] = { ...last, text: last.text + gap + word };
  }
  return found;
}

const WORD = /( *)([^ ]+)/g;

/** Whether the word of this number goes on a command that fits in the room. */
function insideCommand(text: string, room: number): (word: number) => boolean {
  const bare = withoutColours(text);
  const commands = Array.from(bare.matchAll(COMMAND)).filter(([command]) => width(command) <= room);
  const words = Array.from(bare.matchAll(WORD), ({ index, 1: gap = "" }) => index + gap.length);
  return (word) => {
    const at = words[word] ?? 0;
    return commands.some(({ index, 0: command }) => index < at && at < index + command.length);
  };
}
