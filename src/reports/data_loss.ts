import type { DataLoss } from "./rehearsal.ts";
import { many } from "./rehearsal_words.ts";

/** A loss as the object of a sentence, such as `the column public.users.city with 4,200 values`. */
export function lossText({ what, table, column, rows }: DataLoss): string {
  const place = column === null ? table : `${table}.${column}`;
  switch (what) {
    case "rows":
      return `${many(rows, "row")} of ${table}`;
    case "table":
      return `the table ${table} with ${many(rows, "row")}`;
    case "column":
      return `the column ${place} with ${many(rows, "value")}`;
    case "values":
      return `${many(rows, "value")} of ${place}`;
    case "sequence":
      return `${many(rows, "value")} that ${table} would hand out again`;
    case "sequence-gone":
      return `the sequence ${table}, and how far it had come`;
    case "large-objects":
      return many(rows, "large object");
  }
}
