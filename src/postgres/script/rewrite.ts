import { isSign, keyword, keywords, nameOf, type Statement, type Token } from "./statement.ts";

/** What a statement is rewritten by. */
export interface Situation {
  /** The role that the script runs as, which is the server's first superuser. */
  readonly user: string;
  /** The server's major version. */
  readonly major: number;
  /** The encoding of the database that the script is connected to. */
  readonly encoding: string | undefined;
  /** What is run in place of `CREATE DATABASE`, by the database's name. */
  readonly databases: ReadonlyMap<string, string>;
  /** Whether a role can have granted others without being a superuser, as far as the script says. */
  grantsItself(role: string): boolean;
}

/**
 * What is run in place of a statement that means the same here only in other words; undefined where
 * it is run as it is. `text` is the statement in Latin-1, so that places count bytes.
 */
export function rewritten(
  statement: Statement,
  text: string,
  situation: Situation,
): string | undefined {
  const [first, second] = keywords(statement, 2);
  const { tokens } = statement;
  switch (first) {
    case "ALTER":
      return weakensUser(statement, situation.user) ? "" : undefined;
    case "CREATE":
      return second === "DATABASE" ? situation.databases.get(nameOf(tokens[2]) ?? "") : undefined;
    case "GRANT":
      return inGrant(tokens, text, situation);
    case "SET":
      return inSet(tokens, situation);
    default:
      return undefined;
  }
}

/** The first superuser of a server stays one: elsewhere the role of its name may have been another. */
function weakensUser({ tokens }: Statement, user: string): boolean {
  if (!/^(ROLE|USER)$/.test(keyword(tokens[1])) || nameOf(tokens[2]) !== user) return false;
  return tokens.slice(3).some((token) => /^(NOSUPERUSER|NOLOGIN)$/.test(keyword(token)));
}

/** What would hide errors, or say them in another language, and bytes that nobody would check. */
function inSet(tokens: readonly Token[], { encoding }: Situation): string | undefined {
  const at = /^(SESSION|LOCAL)$/.test(keyword(tokens[1])) ? 2 : 1;
  const name = nameOf(tokens[at]);
  if (name === "client_min_messages" || name === "lc_messages") return "";
  if (name !== "client_encoding" || encoding === undefined || encoding === "SQL_ASCII") {
    return undefined;
  }
  // The server takes any bytes of a client that says nothing of them.
  return nameOf(tokens[at + 2])?.toUpperCase() === "SQL_ASCII"
    ? `SET client_encoding = '${encoding}';`
    : undefined;
}

/** `GRANT role TO role WITH … GRANTED BY role`, as this server takes it. */
function inGrant(
  all: readonly Token[],
  text: string,
  { major, grantsItself }: Situation,
): string | undefined {
  const tokens = all.filter(({ depth }) => depth === 0);
  if (tokens.some((token) => keyword(token) === "ON")) return undefined;
  const by = tokens.findIndex((token, at) =>
    keyword(token) === "GRANTED" && keyword(tokens[at + 1]) === "BY"
  );
  const options = tokens.findIndex((token) => keyword(token) === "WITH");
  const grantor = by < 0 ? undefined : nameOf(tokens[by + 2]);
  const dropsGrantor = grantor !== undefined && !grantsItself(grantor);
  const dropsOptions = major < 16 && options > 0;
  if (!dropsGrantor && !dropsOptions) return undefined;
  const end = options > 0 ? tokens[options]!.at : by >= 0 ? tokens[by]!.at : text.length - 1;
  const rest = by < 0 ? tokens.slice(options) : tokens.slice(Math.max(options, 0), by);
  const kept = options < 0
    ? ""
    : dropsOptions
    ? optionsBefore16(rest)
    : text.slice(tokens[options]!.at, by < 0 ? text.length - 1 : tokens[by]!.at);
  const who = by >= 0 && !dropsGrantor ? text.slice(tokens[by]!.at, tokens[by + 2]!.to) : "";
  return `${text.slice(0, end)} ${kept} ${who};`;
}

/** Before 16 a member inherits as its role says, and only ADMIN is an option. */
function optionsBefore16(tokens: readonly Token[]): string {
  const admin = tokens.findIndex((token) => keyword(token) === "ADMIN");
  const given = admin >= 0 && !isSign(tokens[admin], ",") &&
    /^(OPTION|TRUE)$/.test(keyword(tokens[admin + 1]));
  return given ? "WITH ADMIN OPTION" : "";
}
