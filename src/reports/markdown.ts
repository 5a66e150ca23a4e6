import { printable, printableLines } from "../core/printable.ts";

/** Breaks what GitHub and others make of plain text by themselves: mentions, issues, links. */
const JOINT = "&#8203;";

/** Untrusted text within a line of Markdown, also in a table: it stays text, and links to nothing. */
export function markdownText(text: string): string {
  return printable(text)
    .replaceAll(/[\\`*_[\]|~!]/g, (character) => `\\${character}`)
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll(/@|#(?=\d)|:(?=\/\/)|\bwww(?=\.)|\bGH(?=-\d)/gi, (match) => match + JOINT)
    .replace(/^(\s*)([-+=#]|\d+(?=[.)]))/, (_, space, mark) => `${space}${JOINT}${mark}`);
}

/** Untrusted text as code within a line; not for tables, where a bar ends a cell. */
export function markdownCode(text: string): string {
  const line = printable(text) || " ";
  const fence = "`".repeat(longestRun(line) + 1);
  return `${fence}${/^[` ]|[` ]$/.test(line) ? ` ${line} ` : line}${fence}`;
}

/** Untrusted text of several lines as a block of code. */
export function markdownBlock(text: string, language: string): string {
  const lines = printableLines(text).trimEnd();
  const fence = "`".repeat(Math.max(3, longestRun(lines) + 1));
  return `${fence}${language}\n${lines}\n${fence}`;
}

/** A table; its cells are Markdown already. */
export function markdownTable(
  columns: readonly { readonly title: string; readonly right?: boolean }[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = columns.map(({ right }) => right ? "---:" : "---");
  return [line(columns.map(({ title }) => title)), line(rule), ...rows.map(line)].join("\n");
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}
