import type { FingerprintRow } from "../backups/manifest.ts";
import { luckText, orderedObjects } from "./load_order.ts";
import { lastName } from "./mentions.ts";

/** What has to be done in the database that a dump is of, so that the next one restores. */
export function mendOf(
  text: string,
  error: string,
  schema: readonly FingerprintRow[],
): string | undefined {
  return withoutSchema(text, schema) ?? brokenCheck(error, schema) ?? brokenKey(error) ??
    onTheServer(error);
}

const AGAIN = "in the database that the backup is of; then take a new backup: oakum backup";

/**
 * What calls or reads something without its schema is valid in the database, and never restorable,
 * since a restore runs with an empty search path.
 */
function withoutSchema(text: string, schema: readonly FingerprintRow[]): string | undefined {
  const missing = /ERROR:\s+(?:function|type|relation|operator) "?([^"\n]*?)"? does not exist/.exec(
    text,
  )?.[1];
  if (!missing) return undefined;
  const caller = /(?:PL\/pgSQL|SQL) function "?([^"\n]*?)"? (?:line|during|statement)/.exec(text)
    ?.[1];
  const named = schema.find(([kind, ident]) =>
    NAMED.has(kind) && lastName(ident.replace(/\(.*$/, "")) === missing.replace(/\(.*$/, "")
  )?.[1];
  if (caller) {
    return `The function ${caller} names ${missing} without its schema, and a restore has no ` +
      `search path. In the database that the backup is of, name the schema in its body, or run: ` +
      `ALTER FUNCTION ${caller} SET search_path = public, pg_temp; then take a new backup.`;
  }
  if (!named) return undefined;
  return `A query names ${missing} without its schema, and a restore has no search path. Write ` +
    `${named} there, also inside a text that a function runs, ${AGAIN}`;
}

const NAMED = new Set(["table", "view", "materialized view", "routine", "enum", "domain"]);

function brokenCheck(error: string, schema: readonly FingerprintRow[]): string | undefined {
  const name = /violates check constraint "(.*)"/.exec(error)?.[1];
  if (name === undefined) return undefined;
  const found = orderedObjects(schema).find(({ kind, ident }) =>
    kind === "constraint" && (ident.startsWith(`${name} on `) || ident.startsWith(`"${name}" on `))
  );
  if (found) return `${luckText(found)} Do so ${AGAIN}`;
  return `There are rows that this CHECK does not allow. Mend those rows, or declare it as NOT ` +
    `VALID, ${AGAIN}`;
}

function brokenKey(error: string): string | undefined {
  if (/violates foreign key constraint/.test(error)) {
    return `Rows refer to others that are not there. Delete or mend those rows ${AGAIN}`;
  }
  if (/could not create unique index|violates unique constraint/.test(error)) {
    return "There are rows of the same key, which the index does not know of: it is damaged, as by " +
      `a change of the system's collations. Delete those that are too many, and REINDEX, ${AGAIN}`;
  }
}

function onTheServer(error: string): string | undefined {
  if (/shared_preload_libraries|unrecognized configuration parameter ".*\./.test(error)) {
    return "The server must load this extension's library when it starts: name it in its " +
      "shared_preload_libraries, as it was when the extension was made, and restart it.";
  }
  if (/role ".*" does not exist/.test(error)) {
    return "Create the role, or let oakum do it: oakum restore --create-roles";
  }
  if (/No space left|could not extend file/.test(error)) {
    return "The server's disk is full. Free some space there, then try again.";
  }
}
