import { differenceText, type SchemaDifference } from "../../postgres/fingerprint.ts";
import { tableOf } from "./touched.ts";

/** Differences as sentences: one for each, and one a table for columns that only changed places. */
export function differenceTexts(differences: readonly SchemaDifference[]): string[] {
  const moved = new Set(differences.filter(isOrderOnly).flatMap(tableOf));
  return [
    ...differences.filter((one) => !isOrderOnly(one)).map(differenceText),
    ...[...moved].map((table) => `the columns of ${table} are in another order`),
  ];
}

/** A column that is dropped and added again comes last: nothing but its place is another one. */
export function isOrderOnly({ kind, before, after }: SchemaDifference): boolean {
  const place = /^#\d+ /;
  return kind === "column" && before !== undefined && after !== undefined &&
    before.replace(place, "") === after.replace(place, "");
}
