import { printable } from "./printable.ts";
import type { Style, Tone } from "./style.ts";
import { fit, pad, width } from "./width.ts";

/** A column's manners. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Gives way where the table is wider than the terminal. */
  readonly shrink?: boolean;
  /** Where it shrinks, to no less than so many columns; 6 where nothing is said. */
  readonly least?: number;
  /** Left out where the table does not fit even when all that may shrink has. */
  readonly spare?: boolean;
}

/** A value in a table: text, with a tone where it says something. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** Rows under columns. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

const GAP = 2;
const LEAST = 6;

/** The table as tab-separated values without a heading: for `cut` and `awk`. */
export function tsvLines({ rows }: Table): string[] {
  return rows.map((row) => row.map((cell) => printable(textOf(cell))).join("\t"));
}

/** The table with aligned columns, no line wider than `columns` where shrinking allows it. */
export function alignedLines(whole: Table, columns: number, style: Style): string[] {
  const table = leastWidth(whole) > columns ? withoutSpare(whole) : whole;
  const heading = table.columns.map((column): Cell => ({ text: column.title, tone: "dim" }));
  const rows = [heading, ...table.rows].map(clean);
  const widths = shrunk(table.columns, naturalWidths(table.columns, rows), columns);
  return rows.map((row) => alignedRow(row, table.columns, widths, style));
}

/** How wide the table is with everything shrunk that may shrink. */
function leastWidth({ columns, rows }: Table): number {
  const natural = naturalWidths(columns, [columns.map(({ title }) => title), ...rows].map(clean));
  return natural.reduce((sum, each, i) => {
    const { shrink, least = LEAST } = columns[i] ?? {};
    return sum + GAP + (shrink ? Math.min(each, least) : each);
  }, -GAP);
}

function withoutSpare({ columns, rows }: Table): Table {
  const kept = <T>(row: readonly T[]) => row.filter((_, i) => !columns[i]?.spare);
  return { columns: kept(columns), rows: rows.map(kept) };
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly Cell[])[]): number[] {
  return columns.map((_, i) => Math.max(0, ...rows.map((row) => width(textOf(row[i] ?? "")))));
}

/** Takes columns away from the widest column that may shrink, until the table fits. */
function shrunk(columns: readonly Column[], natural: number[], available: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, each) => sum + each + GAP, -GAP);
  while (total() > available) {
    const [widest] = columns.map((_, i) => i)
      .filter((i) => columns[i]?.shrink && (widths[i] ?? 0) > (columns[i]?.least ?? LEAST))
      .sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function alignedRow(
  row: readonly Cell[],
  columns: readonly Column[],
  widths: readonly number[],
  style: Style,
): string {
  const cells = columns.map((column, i) => {
    const cell = row[i] ?? "";
    const text = fit(textOf(cell), widths[i] ?? 0);
    const room = pad("", (widths[i] ?? 0) - width(text));
    const shown = typeof cell === "string" ? text : style(cell.tone, text);
    return column.align === "right" ? room + shown : shown + room;
  });
  return cells.join(" ".repeat(GAP)).trimEnd();
}

function clean(row: readonly Cell[]): Cell[] {
  return row.map(cleaned);
}

function cleaned(cell: Cell): Cell {
  return typeof cell === "string" ? printable(cell) : { ...cell, text: printable(cell.text) };
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}
