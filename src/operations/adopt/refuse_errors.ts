import { OakumError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell.ts";
import type { ScriptError } from "../../postgres/foreign.ts";
import type { ShortTable } from "../../postgres/foreign_databases.ts";

/** What is known of a script whose errors are told. */
export interface ErrorContext {
  readonly path: string;
  /** Whether the lines are those of the file; else of what pg_restore made of it. */
  readonly ownLines: boolean;
  /** The major version that it was dumped from, and the server's own. */
  readonly from: number | undefined;
  readonly major: number | undefined;
}

const TOUCHED = "It was loaded into a sandbox only: nothing of yours was touched.";

/** Refuses a script whose errors are more than what an empty server explains. */
export function refuseScriptErrors(errors: readonly ScriptError[], context: ErrorContext): void {
  if (errors.length === 0) return;
  const { path, ownLines } = context;
  const shown = errors.slice(0, 3).map((error) => sentence(error, ownLines));
  const [hint] = errors.map((error) => hintFor(error, context)).filter((one) => one !== undefined);
  throw new OakumError(
    "foreign-dump-errors",
    "refused",
    `"${path}" does not load: ${errors.length} error${errors.length === 1 ? "" : "s"}; ${
      shown.join("; ")
    }`,
    { hint: hint ? `${hint} ${TOUCHED}` : TOUCHED, data: { path, errors } },
  );
}

function sentence({ line, message, detail, statement }: ScriptError, ownLines: boolean): string {
  const what = detail ? `${message} (${detail})` : message;
  if (line !== undefined && ownLines) return `line ${line}: ${what}`;
  return statement ? `${what} (at ${statement})` : what;
}

/** What the first error is usually about; the ones behind it often follow from it. */
function hintFor(error: ScriptError, context: ErrorContext): string | undefined {
  const { sqlState, statement = "" } = error;
  const { from, major } = context;
  const extension = /^CREATE EXTENSION (?:IF NOT EXISTS )?"?([\w-]+)/i.exec(statement)?.[1];
  // Others are about its schema, what it needs, or how the server was started.
  if (extension && /^(0A000|58P01)$/.test(sqlState)) {
    return `The server's image lacks the extension "${extension}": use one that has it.`;
  }
  if (sqlState === "22021" || sqlState === "22P05") return encodingHint(context);
  if (from !== undefined && major !== undefined && from > major && /^42|^0A|^22/.test(sqlState)) {
    return `It was dumped from PostgreSQL ${from}, and this server is ${major}, which may not know ` +
      `what it says: adopt it in a stack with PostgreSQL ${from}.`;
  }
  if (/^(42P01|3F000)$/.test(sqlState) && /^(COPY\b|$)/i.test(statement)) {
    return "Nothing in it makes that table: a dump of data only cannot be restored by itself. Dump " +
      "schema and data, by pg_dump without -a.";
  }
  return HINTS.find(([state]) => state.test(sqlState))?.[1];
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /^23/,
    "Its own data breaks that rule: mend them where it was dumped, and dump again; or take the rule " +
    "out of the file.",
  ],
  [
    /^22P04$/,
    "That row is broken: see whether a message of pg_dump or docker stands in it. Take the dump " +
    "again, with its messages apart: pg_dump … > dump.sql 2> messages.txt.",
  ],
  [
    /^25P02$/,
    "Something before it in the same transaction failed, such as a DROP of what is not there: write " +
    "DROP … IF EXISTS there, or take BEGIN and COMMIT out of the file.",
  ],
  [/^42601$/, "That is no SQL of PostgreSQL's: look at that line of the file."],
  [/^28000$/, "That role may not log in: leave only the database's name in \\connect."],
];

/** Which bytes they are, nobody can tell for sure; in the west they are mostly of Latin-1. */
function encodingHint({ path, ownLines }: ErrorContext): string {
  const script = shellWord(ownLines ? path : `${path}.sql`);
  const made = ownLines ? "" : `pg_restore -f ${script} ${shellWord(path)}; `;
  return "Its bytes are in another encoding than it says. If that is Latin-1, convert it and adopt the " +
    `result: ${made}iconv -f LATIN1 -t UTF-8 ${script} > ${shellWord(`${path}.utf8.sql`)}.`;
}

/** Refuses what took fewer rows than the script copied into it. */
export function refuseShortTables(path: string, short: readonly ShortTable[]): void {
  const [first] = short;
  if (!first) return;
  const shown = short.slice(0, 3).map(({ table, rows, copied }) =>
    `"${table}" has ${rows} of ${copied} rows`
  );
  throw new OakumError(
    "foreign-dump-partial",
    "refused",
    `"${path}" loads without an error, and not all of its rows are there: ${shown.join("; ")}.`,
    {
      hint:
        "A rule or a trigger that it makes before its rows swallows them: put that behind the " +
        `rows. ${TOUCHED}`,
      data: { path, short },
    },
  );
}
