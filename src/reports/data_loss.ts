import type { DataLoss } from "./rehearsal.ts";

/** A loss as a sentence without its full stop. */
export function lossText({ what, table, column, rows }: DataLoss): string {
  const counted = counts(rows, "row");
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
    case "sequence":
      return `sequence ${table}: set back, ${counts(rows, "value")} would come again`;
    case "large-objects":
      return `large objects: ${rows.toLocaleString("en")} ${rows === 1 ? "is" : "are"} gone`;
  }
}

function counts(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
}
