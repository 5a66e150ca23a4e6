import type { DataLoss } from "./rehearsal.ts";

/** A loss as a sentence without its full stop. */
export function lossText({ what, table, column, rows }: DataLoss): string {
  const counted = `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
  const have = rows === 1 ? "has" : "have";
  switch (what) {
    case "table":
      return `table ${table}: gone with ${counted}`;
    case "column":
      return `column ${table}.${column}: gone, ${counted} had a value`;
    case "rows":
      return `table ${table}: ${counted} ${rows === 1 ? "is" : "are"} gone`;
    case "values":
      return column === null
        ? `table ${table}: ${counted} ${have} other values`
        : `column ${table}.${column}: ${counted} ${have} another value`;
  }
}
