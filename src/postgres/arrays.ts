import type postgres from "postgres";

/** A value of a one-dimensional array; anything else is for the server to give back as text. */
type Element = string | number | boolean | null;

/**
 * Arrays of PostgreSQL's own types, by their oids. postgres.js would ask each server for them at the
 * start of each session, and a connection that is lost then ends the whole program.
 */
export const ARRAY_TYPES: Record<string, postgres.PostgresType> = {
  texts: arrayType(1009, [1009, 1003, 1015, 1002], (text) => text),
  bigints: arrayType(1016, [1016], (text) => text),
  integers: arrayType(1007, [1007, 1005], Number),
  oids: arrayType(1028, [1028], Number),
  floats: arrayType(1022, [1022, 1021], Number),
  booleans: arrayType(1000, [1000], (text) => text === "t"),
};

function arrayType(
  to: number,
  from: number[],
  element: (text: string) => Element,
): postgres.PostgresType {
  const parse = (text: string) =>
    parseArray(text).map((part) => part === null ? null : element(part));
  return { to, from, serialize: writeArray, parse };
}

/** An array as the server reads it: every element quoted, whatever is in it. */
export function writeArray(elements: readonly Element[]): string {
  const written = elements.map((element) =>
    element === null ? "NULL" : `"${String(element).replaceAll(/["\\]/g, "\\$&")}"`
  );
  return `{${written.join(",")}}`;
}

// A quoted element with its escapes, or a bare one, up to the comma or brace that ends it.
const ELEMENT = /(?:"((?:[^"\\]|\\.)*)"|([^,{}"]+))[,}]/gs;

/** The elements of an array as the server writes it (one dimension). */
export function parseArray(text: string): (string | null)[] {
  return Array.from(text.slice(1).matchAll(ELEMENT), ([, quoted, bare]) => {
    if (quoted !== undefined) return quoted.replaceAll(/\\(.)/gs, "$1");
    return bare === "NULL" ? null : bare ?? null;
  });
}
