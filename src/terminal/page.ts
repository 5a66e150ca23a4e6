import { ago, rfc3339 } from "../core/time.ts";
import type { Channel } from "./channel.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { alignedLines, type Cell, type Table, tsvLines } from "./table.ts";
import { width } from "./width.ts";

/** What a report's text is written on; the JSON form is the report value itself. */
export interface Page {
  readonly style: Style;
  readonly columns: number;
  /** Whether a person looks at it; otherwise values are separated by tabs. */
  readonly terminal: boolean;
  /** Whether `--verbose` was given. */
  readonly verbose: boolean;
  /** A sentence or more, broken between words for a person; see `Channel.prose`. */
  line(text?: string, hang?: number): void;
  /** Text that must stay as it is: code, drawings, what a program reads. */
  verbatim(text: string): void;
  table(table: Table): void;
  /** Labels with their values below each other; a value of several lines stays aligned. */
  fields(fields: readonly (readonly [label: string, value: Cell])[]): void;
  /** A time as a person reads it, `2026-11-22 15:39 (5 minutes ago)`; RFC 3339 in a pipe. */
  time(instant: Date): string;
}

/** A page on a stream. */
export function pageOn(channel: Channel, now: Date, verbose: boolean): Page {
  const { style, terminal } = channel;
  return {
    style,
    terminal,
    verbose,
    get columns() {
      return channel.columns;
    },
    line: (text = "", hang) => channel.prose(text, hang),
    verbatim: (text) => channel.line(text),
    table: (table) => {
      const lines = terminal ? alignedLines(table, channel.columns, style) : tsvLines(table);
      lines.forEach((line) => channel.line(line));
    },
    fields: (fields) => {
      const { lines, hang } = fieldLines(fields, terminal, style);
      lines.forEach((line) => channel.prose(line, hang));
    },
    time: (instant) => terminal ? `${localTime(instant)} (${ago(instant, now)})` : rfc3339(instant),
  };
}

/** `2026-11-22 15:39` in the machine's time zone. */
export function localTime(instant: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const date = [instant.getFullYear(), two(instant.getMonth() + 1), two(instant.getDate())];
  return `${date.join("-")} ${two(instant.getHours())}:${two(instant.getMinutes())}`;
}

function fieldLines(
  fields: readonly (readonly [string, Cell])[],
  terminal: boolean,
  style: Style,
): { readonly lines: readonly string[]; readonly hang: number } {
  const widest = Math.max(0, ...fields.map(([label]) => width(label)));
  const lines = fields.flatMap(([label, cell]) => {
    const { text, tone } = typeof cell === "string" ? { text: cell, tone: undefined } : cell;
    if (!terminal) return [`${printable(label)}\t${printable(text)}`];
    const lines = text.split("\n").map((line) => printable(line));
    return lines.map((line, i) => {
      const room = " ".repeat(widest + 2 - (i === 0 ? width(label) : 0));
      const head = i === 0 ? style("dim", printable(label)) : "";
      return head + room + (tone ? style(tone, line) : line);
    });
  });
  return { lines, hang: widest + 2 };
}
