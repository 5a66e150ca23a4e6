/** One word of a statement, a quoted name, a text, a number, or a single sign. */
export interface Token {
  readonly kind: "word" | "name" | "text" | "number" | "sign";
  /** Names and texts without their quotes, words as they are written; long texts are cut. */
  readonly value: string;
  /** Where it stands, in bytes from the first of its statement. */
  readonly at: number;
  readonly to: number;
  /** How many brackets are open around it. */
  readonly depth: number;
}

/** A statement of a script, as far as its words matter. */
export interface Statement {
  /** The lines of the file on which it begins and ends. */
  readonly line: number;
  readonly endLine: number;
  /** All of them, but of long lists of values only the first. */
  readonly tokens: readonly Token[];
  /** False for one that only the end of the file ends. */
  readonly terminated: boolean;
}

/** A command to psql itself, such as `\connect shop`. */
export interface Command {
  readonly line: number;
  /** Without its backslash. */
  readonly name: string;
  /** What stands behind the name, as it is written. */
  readonly rest: string;
  /** Whether a statement has begun and not ended before it. */
  readonly within: boolean;
}

/** A word of SQL in capitals; empty for names, texts and signs, which are no keywords. */
export function keyword(token: Token | undefined): string {
  return token?.kind === "word" ? token.value.toUpperCase() : "";
}

/** The keywords of a statement's beginning, in capitals. */
export function keywords({ tokens }: Pick<Statement, "tokens">, count: number): string[] {
  return tokens.slice(0, count).map(keyword);
}

/** Whether this is the sign. */
export function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === "sign" && token.value === sign;
}

/** A name as the server knows it: quoted ones and texts as they are, others in lower case. */
export function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === "name" || token?.kind === "text") return token.value;
  return token?.kind === "word" ? token.value.toLowerCase() : undefined;
}

/** Reads a command from the text behind its backslash, up to the line's end. */
export function commandFrom(text: string, where: Pick<Command, "line" | "within">): Command {
  const [, name = "", rest = ""] = /^([^\s\\]*)([\s\S]*)$/.exec(text) ?? [];
  return { ...where, name, rest: rest.trim() };
}

/** Whether the rows of a COPY follow it in the script. */
export function copiesIn({ tokens }: Pick<Statement, "tokens">): boolean {
  if (keyword(tokens[0]) !== "COPY") return false;
  const from = tokens.findIndex((token) => token.depth === 0 && keyword(token) === "FROM");
  // The server takes both words for the stream of the session.
  return from > 0 && /^STD(IN|OUT)$/.test(keyword(tokens[from + 1]));
}

/** Whether psql takes the lines behind a `\copy` for rows: texts, names and brackets say nothing. */
export function copiesRows({ name, rest }: Pick<Command, "name" | "rest">): boolean {
  if (name !== "copy") return false;
  const bare = rest.replaceAll(
    /"(?:[^"]|"")*"|'(?:[^']|'')*'|\([^()]*\)/g,
    (quoted) => quoted.startsWith("(") ? "" : "q",
  );
  return /^(?:binary\s+)?[^\s'"()]+\s+from\s+stdin\b/i.test(bare);
}

/** What a statement says of `standard_conforming_strings`; undefined where it says nothing. */
export function standardStrings(statement: Pick<Statement, "tokens">): boolean | undefined {
  const { tokens } = statement;
  const [verb] = keywords(statement, 1);
  if (verb !== "SET" && verb !== "SELECT" && verb !== "RESET") return undefined;
  const at = tokens.findIndex((token) => nameOf(token) === "standard_conforming_strings");
  if (at < 0) return undefined;
  const value = tokens.slice(at + 1).map(nameOf).find((name) =>
    name !== undefined && name !== "to"
  );
  return value === undefined || !/^(off|false|no|f|n|0)$/.test(value);
}
