/** East Asian wide and fullwidth characters, and pictures that are shown as such by themselves. */
const WIDE = new RegExp(
  String.raw`^(?:[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3` +
    String.raw`\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6` +
    String.raw`\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})`,
  "u",
);
const ZERO = /^(?:\p{Mn}|\p{Me}|\p{Cf}|\p{Cc})/u;
const ASCII = /^[ -~]*$/;

/** How many columns a terminal gives to the text, which holds no colours and no line feeds. */
export function width(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const grapheme of graphemes(text)) columns += graphemeWidth(grapheme);
  return columns;
}

/** The text cut to `columns`, with `…` at its end where something was cut. */
export function fit(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  return columns > 0 ? `${head(text, columns - 1)}…` : "";
}

/** The text filled with spaces to `columns`. */
export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, columns - width(text)));
  return align === "left" ? text + space : space + text;
}

/** The text broken at spaces into lines of at most `columns`; longer words are cut in pieces. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (let word of text.split(" ")) {
    if (line !== undefined && width(line) + 1 + width(word) <= columns) {
      line += ` ${word}`;
      continue;
    }
    if (line !== undefined) lines.push(line);
    for (let piece = ""; width(word) > columns; word = word.slice(piece.length)) {
      piece = head(word, columns);
      if (!piece) break;
      lines.push(piece);
    }
    line = word;
  }
  return [...lines, line ?? ""];
}

/** The longest beginning of the text that takes at most `columns`. */
function head(text: string, columns: number): string {
  let [kept, used] = ["", 0];
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme);
    if (used > columns) break;
    kept += grapheme;
  }
  return kept;
}

function graphemeWidth(grapheme: string): number {
  if (ZERO.test(grapheme)) return 0;
  return WIDE.test(grapheme) || grapheme.includes("\ufe0f") ? 2 : 1;
}

let segmenter: Intl.Segmenter | undefined;

function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}
