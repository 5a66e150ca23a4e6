import type { FingerprintRow } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import { lastName, nameOfRoutine, names, namesAfterFrom, routineBody } from "./mentions.ts";

/**
 * The materialized views of a schema that read foreign tables, or one of `others`: by themselves, or
 * through views and functions. Where nothing outside of the server can be reached they cannot be filled.
 */
export function viewsOfOutside(
  rows: readonly FingerprintRow[],
  others: readonly string[] = [],
): string[] {
  const foreign = rows.filter(([kind, , def]) => kind === "table" && def.startsWith("f "));
  const found = new Set([...foreign.map(([, ident]) => ident), ...others]);
  if (found.size === 0) return [];
  const readers = rows.filter(([kind]) => READERS.has(kind));
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const row of readers) {
      if ([...found].some((source) => readsFrom(row, source))) found.add(row[1]);
    }
  }
  return readers.filter(([kind, ident]) => kind === "materialized view" && found.has(ident))
    .map(([, ident]) => ident);
}

const READERS = new Set(["view", "materialized view", "routine"]);

/** Queries of views are written with every schema; what stands in a function nobody has written anew. */
function readsFrom([kind, ident, def]: FingerprintRow, source: string): boolean {
  if (ident === source) return false;
  const name = nameOfRoutine(source);
  if (kind !== "routine") return names(def, name);
  const body = routineBody(def);
  const word = lastName(name);
  return name === source ? namesAfterFrom(body).includes(word) : body.includes(word);
}

/**
 * The materialized view that a load could not fill since something outside of the
 * server does not answer; undefined for any other failure.
 */
export function unreachedView(
  error: unknown,
  rows: readonly FingerprintRow[],
): string | undefined {
  if (!(error instanceof OakumError) || error.code !== "load-failed") return undefined;
  const { object, error: said } = error.data;
  const name = /^materialized view data (.*)$/.exec(String(object))?.[1];
  if (name === undefined || !saysUnreachable(String(said))) return undefined;
  return rows.find(([kind, ident]) => kind === "materialized view" && lastName(ident) === name)
    ?.[1];
}

/**
 * Whether an error is of a place that does not answer, as foreign-data wrappers and dblink say it. What
 * stands in quotes may be a value of anybody's.
 */
export function saysUnreachable(error: string): boolean {
  return UNREACHABLE.test(error.replaceAll(/"[^"]*"/g, '""'));
}

const UNREACHABLE = new RegExp(
  [
    "could not (?:connect to server|establish connection|translate host name)",
    "(?:failed to|could not|cannot) (?:connect|be established)",
    "[Nn]etwork is unreachable|[Cc]onnection refused|name resolution|timeout expired",
  ].join("|"),
);
