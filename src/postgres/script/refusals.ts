import { OakumError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell.ts";
import type { CommandVerdict } from "./commands.ts";
import type { Stranger, Unfinished } from "./piece.ts";
import { messageOf } from "./messages.ts";
import type { Command } from "./statement.ts";

/** Why a line of a script is not carried out, and what helps. */
export interface LineRefusal {
  readonly path: string;
  readonly line: number;
  /** What it does, as the rest of a sentence. */
  readonly what: string;
  readonly hint: string;
  readonly code?: string | undefined;
}

/** The refusal of a script for what one of its lines does. */
export function refusedLine({ path, line, what, hint, code }: LineRefusal): OakumError {
  return new OakumError(
    code ?? "foreign-dump-partial",
    "refused",
    `Line ${line} of "${path}" ${what}.`,
    { hint, data: { path, line } },
  );
}

/** The refusal of a command to psql. */
export function refusedCommand(
  path: string,
  { line, name }: Command,
  { what, hint }: Extract<CommandVerdict, { kind: "refuse" }>,
): OakumError {
  return refusedLine({ path, line, what: `${what} (\\${name})`, hint });
}

const AGAIN =
  "Or take the dump again, with its messages apart: pg_dump … > dump.sql 2> messages.txt";

/** The refusal of a line that is no SQL. */
export function strangerIn(path: string, { line, text, behindCopy }: Stranger): OakumError {
  const shown = text.length > 100 ? `${text.slice(0, 100)} …` : text;
  const message = messageOf(text);
  const what = behindCopy
    ? `has more behind a COPY, whose rows follow the line's end: ${shown}`
    : message
    ? `is no SQL but ${message}: ${shown}`
    : `is no SQL: ${shown}`;
  return new OakumError("foreign-dump-not-sql", "refused", `Line ${line} of "${path}" ${what}`, {
    hint: hintFor(path, text, message, behindCopy),
    data: { path, line, text },
  });
}

function hintFor(
  path: string,
  text: string,
  message: string | undefined,
  behindCopy: boolean,
): string {
  if (behindCopy) return "Put it on a line of its own, behind the rows.";
  if (message?.startsWith("an error")) {
    return "The dump failed, or a part of it did: mend what the error says, and take it again.";
  }
  const tool = /^pg_\w+: /.exec(text)?.[0];
  if (tool) return `Delete all such lines: sed -i '/^${tool}/d' ${shellWord(path)}. ${AGAIN}`;
  return message
    ? `Delete the line. ${AGAIN}`
    : `Delete the line, if it is no part of the dump. ${AGAIN}`;
}

const MIDDLE: Record<Unfinished["what"], string> = {
  text: "a text that begins",
  name: "a quoted name that begins",
  comment: "a comment that begins",
  rows: "a COPY that begins",
  bracket: "a statement with an open bracket that begins",
  body: "a function that begins",
};

/** The refusal of a script that stops where nothing ends. */
export function unfinishedIn(path: string, { what, line }: Unfinished): OakumError {
  return new OakumError(
    "foreign-dump-cut",
    "refused",
    `"${path}" is not whole: it stops in the middle of ${MIDDLE[what]} in line ${line}.`,
    { hint: "It was cut there, or that is not closed: use a whole dump.", data: { path, line } },
  );
}
