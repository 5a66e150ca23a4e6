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
  const filled = rows.filter(([kind]) => kind === "materialized view").map(([, ident]) => ident);
  if (found.size === 0 || filled.length === 0) return [];
  const readers = rows.flatMap(readerOf);
  // What is added on the way is looked at in its turn.
  for (const source of found) {
    for (const { ident, reads } of readers) {
      if (!found.has(ident) && reads(source)) found.add(ident);
    }
  }
  return filled.filter((ident) => found.has(ident));
}

/** A view or function, and whether it reads from something. */
interface Reader {
  readonly ident: string;
  readonly reads: (source: string) => boolean;
}

/** Queries of views are written with every schema; what stands in a function nobody has written anew. */
function readerOf([kind, ident, def]: FingerprintRow): Reader[] {
  if (kind === "view" || kind === "materialized view") {
    return [{ ident, reads: (source) => names(def, nameOfRoutine(source)) }];
  }
  if (kind !== "routine") return [];
  const body = routineBody(def);
  const tables = new Set(namesAfterFrom(body));
  const reads = (source: string) => {
    const name = nameOfRoutine(source);
    return name === source ? tables.has(lastName(name)) : body.includes(lastName(name));
  };
  return [{ ident, reads }];
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
