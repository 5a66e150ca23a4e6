import { type Command, copiesRows } from "./statement.ts";

/** What becomes of a command to psql on its way: it is carried out, or left out since it does nothing. */
export type CommandVerdict =
  | { readonly kind: "pass" | "leave-out" | "end" }
  | { readonly kind: "connect"; readonly to: Connection }
  | { readonly kind: "refuse"; readonly what: string; readonly hint: string };

/** Where `\connect` leads; undefined parts stay as they are. */
export interface Connection {
  readonly database: string | undefined;
  readonly user: string | undefined;
}

/** They change what psql prints, or say something: nothing of a database depends on them. */
const HARMLESS = new Set(
  ("? a C conninfo copyright d echo errverbose f h H help l p pset qecho restrict t T timing " +
    "unrestrict warn x z").split(" "),
);
const DESCRIBES = /^(d[a-zA-Z]*|l|z)[+S]*$/;

/** Variables of psql that change what it prints or when it stops; oakum watches for errors itself. */
const OF_PSQL = new Set(
  ("ECHO ECHO_HIDDEN FETCH_COUNT HIDE_TABLEAM HIDE_TOAST_COMPRESSION HISTCONTROL HISTFILE HISTSIZE " +
    "IGNOREEOF ON_ERROR_ROLLBACK ON_ERROR_STOP PROMPT1 PROMPT2 PROMPT3 QUIET SHOW_ALL_RESULTS " +
    "SHOW_CONTEXT SINGLELINE SINGLESTEP VERBOSITY").split(" "),
);

const READS = "Put what that file holds in its place, or take a dump that is one file, by pg_dump.";
const DELETE_LINE = "If the data does not depend on it, delete the line; then again.";

/** Why a command is not carried out, by its name: what it does, and what helps. */
const REFUSED: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  "!": ["runs a program", DELETE_LINE],
  "cd": ["changes the folder that files are read from", DELETE_LINE],
  "encoding": [
    "changes the encoding for psql alone",
    "Write it as SQL: SET client_encoding = 'NAME';",
  ],
  "g": ["writes to a file or a program", DELETE_LINE],
  "gx": ["writes to a file or a program", DELETE_LINE],
  "gexec": [
    "runs what a query answers with as SQL, which nothing can be said of before",
    "Put that SQL in its place; then again.",
  ],
  "gset": ["takes a query's answer for variables", "Put the values in their place; then again."],
  "o": ["writes answers to a file", DELETE_LINE],
  "out": ["writes answers to a file", DELETE_LINE],
  "password": ["asks for a password", DELETE_LINE],
  "prompt": ["asks a person", "Put the value in its place with \\set NAME VALUE; then again."],
  "r": ["throws away the statement that was begun", "Delete that statement and the line."],
  "reset": ["throws away the statement that was begun", "Delete that statement and the line."],
  "s": ["writes to a file", DELETE_LINE],
  "setenv": ["changes psql's environment", DELETE_LINE],
  "w": ["writes to a file", DELETE_LINE],
  "write": ["writes to a file", DELETE_LINE],
};

/** Says what becomes of a command to psql in a script that is to be carried out whole. */
export function judgeCommand(command: Command): CommandVerdict {
  const { name, rest } = command;
  if (name === "c" || name === "connect") return judgeConnect(command);
  if (name === "q" || name === "quit") return { kind: "end" };
  if (/^gx?$/.test(name) && rest === "") return { kind: "pass" };
  if (copiesRows(command)) return { kind: "pass" };
  if (name === "copy") return judgeCopy(rest);
  if (/^(i|ir|include|include_relative)$/.test(name)) {
    return {
      kind: "refuse",
      what: `reads the file ${fileOf(rest)}, which is not part of it`,
      hint: READS,
    };
  }
  if (/^lo_/.test(name)) {
    return { kind: "refuse", what: "reads or writes a large object's file", hint: READS };
  }
  if (/^(if|elif|else|endif)$/.test(name)) {
    const hint = "Delete the part that is not wanted, and the \\if, \\else and \\endif around it.";
    return { kind: "refuse", what: "makes parts of it depend on a condition", hint };
  }
  if (name === "set" || name === "unset") return judgeSet(rest);
  const refused = REFUSED[name];
  if (refused) return { kind: "refuse", what: refused[0], hint: refused[1] };
  if (HARMLESS.has(name) || DESCRIBES.test(name)) return harmless(rest);
  return { kind: "refuse", what: "is a command that no dump has", hint: DELETE_LINE };
}

/** What stands behind a second backslash is a command or SQL of its own; a backtick runs a program. */
function harmless(rest: string): CommandVerdict {
  const bare = rest.replaceAll(/'(?:[^'\\]|\\.)*'/g, "");
  if (!/[\\`]/.test(bare)) return { kind: "leave-out" };
  return { kind: "refuse", what: "holds a second command", hint: "Put it on a line of its own." };
}

function judgeCopy(rest: string): CommandVerdict {
  const source = /\sfrom\s+(\S.*)$/i.exec(rest)?.[1];
  if (source === undefined) return { kind: "refuse", what: "writes to a file", hint: DELETE_LINE };
  return {
    kind: "refuse",
    what: `reads the file ${fileOf(source)}, which is not part of it`,
    hint: READS,
  };
}

function judgeSet(rest: string): CommandVerdict {
  const [, name = "", value = ""] = /^(\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
  if (OF_PSQL.has(name)) return harmless(value);
  if (name === "AUTOCOMMIT") {
    if (/^(on|true|yes|1)?$/i.test(value)) return { kind: "leave-out" };
    const hint = "Delete the line, and put BEGIN; and COMMIT; around what belongs together.";
    return { kind: "refuse", what: "leaves every statement open until a COMMIT", hint };
  }
  // A value that is no plain word could change what is a text and what is not.
  if (/^'?[\w.+-]*'?$/.test(value)) return { kind: "pass" };
  return {
    kind: "refuse",
    what: "makes a variable of more than one word",
    hint: "Put its value in its places.",
  };
}

const OTHER_SERVER = {
  kind: "refuse",
  what: "connects to a server of its own",
  hint: "Leave only the database's name in it: \\connect NAME",
} as const;

function judgeConnect({ rest }: Command): CommandVerdict {
  const words = argumentsOf(rest.replace(/^-reuse-previous=\w+\s*/, ""));
  if (!words) return harmless(`${rest}\\`);
  const [database, user, ...server] = words.map((word) => word === "-" ? undefined : word);
  if (server.some((word) => word !== undefined)) return OTHER_SERVER;
  if (database === undefined || !/=|^postgres(ql)?:\/\//.test(database)) {
    return { kind: "connect", to: { database, user } };
  }
  const only = /^\s*dbname\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))\s*$/.exec(database);
  if (!only) return OTHER_SERVER;
  const name = (only[1] ?? only[2] ?? "").replaceAll(/\\(.)/g, "$1");
  return { kind: "connect", to: { database: name, user } };
}

/** A command's words without their quotes; undefined where more than words stand there. */
function argumentsOf(rest: string): string[] | undefined {
  const words: string[] = [];
  let left = rest.replace(/[\s;]+$/, "");
  while (left !== "") {
    const found = ARGUMENT.exec(left);
    if (!found) return undefined;
    const [all, quoted, single, bare] = found;
    words.push(quoted?.replaceAll('""', '"') ?? single?.replaceAll("''", "'") ?? bare ?? "");
    left = left.slice(all.length);
  }
  return words;
}

const ARGUMENT =
  /^(?:"((?:[^"]|"")*)"|'((?:[^'\\]|'')*)'|([^\s"'\\`|:;][^\s"'\\`|]*?))(?:;*\s+|;*$)/;

/** The first word, as a file's name is written. */
function fileOf(rest: string): string {
  const [, quoted, bare] = /^'([^']*)'|^(\S+)/.exec(rest) ?? [];
  return `"${quoted ?? bare ?? ""}"`;
}
