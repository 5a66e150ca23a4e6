import { isSign, keyword, keywords, nameOf, type Statement } from "./statement.ts";

/** Which errors of a statement do no harm on an empty server, as SQLSTATEs; `any` for all of them. */
export type Tolerated = ReadonlySet<string> | "any" | undefined;

/** What is to be dropped is not there. */
const MISSING = new Set(["42P01", "42704", "42883", "3D000", "3F000", "42P02", "42703"]);
/** pg_dumpall drops the role and the databases that it is itself connected as and to. */
const MISSING_OR_USED = new Set([...MISSING, "2BP01", "55006"]);
const NO_OBJECT = new Set(["42704"]);
const NO_FUNCTION = new Set(["42883"]);
const DUPLICATE_OBJECT = new Set(["42710"]);
const DUPLICATE_DATABASE = new Set(["42P04"]);
const DUPLICATE_SCHEMA = new Set(["42P06"]);

/**
 * Says which errors of a statement are no loss where a script for a server that was in use meets an
 * empty one. It goes by the statement's words alone, never by what stands in a text.
 */
export function tolerated(statement: Pick<Statement, "tokens">): Tolerated {
  const [first, second] = keywords(statement, 2);
  switch (first) {
    case "DROP":
      return /^(ROLE|USER|GROUP|DATABASE|TABLESPACE)$/.test(second!) ? MISSING_OR_USED : MISSING;
    case "ALTER":
      if (second === "TABLESPACE") return NO_OBJECT;
      return onlyDrops(statement) ? MISSING : movesTo(statement) ? NO_OBJECT : undefined;
    case "CREATE":
      return inCreate(statement, second!);
    case "COMMENT":
      return keyword(statement.tokens[2]) === "TABLESPACE" ? NO_OBJECT : undefined;
    case "SET":
      // A sandbox has one disk, and nothing of a dump depends on where it lies.
      if (nameOf(statement.tokens[1]) === "default_tablespace") return "any";
      // A setting that only a newer server knows.
      return NO_OBJECT;
    case "GRANT":
    case "REVOKE":
      return inGrant(statement);
    case "SELECT":
      return restoresStatistics(statement) ? NO_FUNCTION : undefined;
    default:
      return undefined;
  }
}

/** pg_dump 18 can write the planner's statistics, which an older server gathers anew. */
function restoresStatistics({ tokens }: Pick<Statement, "tokens">): boolean {
  const name = nameOf(tokens[5]);
  return nameOf(tokens[3]) === "pg_catalog" && /^pg_restore_\w+_stats$/.test(name ?? "");
}

function inCreate(statement: Pick<Statement, "tokens">, second: string): Tolerated {
  const { tokens } = statement;
  if (second === "TABLESPACE") return "any";
  if (second === "DATABASE") return DUPLICATE_DATABASE;
  if (second === "ROLE" || second === "GROUP") return DUPLICATE_OBJECT;
  if (second === "USER") return keyword(tokens[2]) === "MAPPING" ? undefined : DUPLICATE_OBJECT;
  // With tables of its own in it, one that is there already loses them.
  if (second === "SCHEMA") return holdsCreate(statement) ? undefined : DUPLICATE_SCHEMA;
  const object = keywords(statement, 6).slice(1).find((word) => !BEFORE_OBJECT.has(word));
  return object === "LANGUAGE" || object === "EXTENSION" ? DUPLICATE_OBJECT : undefined;
}

/** What stands before the kind of what is made: names of others may be `language`, too. */
const BEFORE_OBJECT = new Set(["OR", "REPLACE", "TRUSTED", "PROCEDURAL"]);

function holdsCreate({ tokens }: Pick<Statement, "tokens">): boolean {
  return tokens.slice(2).some((token) => /^(CREATE|GRANT)$/.test(keyword(token)));
}

/** Rights on a tablespace, and predefined roles that only a newer server has. */
function inGrant({ tokens }: Pick<Statement, "tokens">): Tolerated {
  const on = tokens.findIndex((token) => keyword(token) === "ON");
  if (on > 0) return keyword(tokens[on + 1]) === "TABLESPACE" ? NO_OBJECT : undefined;
  const [, granted, next] = tokens;
  const single = keyword(next) === "TO" || keyword(next) === "FROM";
  return single && nameOf(granted)?.startsWith("pg_") ? NO_OBJECT : undefined;
}

/** `ALTER … SET TABLESPACE name`. */
function movesTo({ tokens }: Pick<Statement, "tokens">): boolean {
  return tokens.some((token, at) =>
    keyword(token) === "SET" && keyword(tokens[at + 1]) === "TABLESPACE"
  ) && !tokens.some((token) => isSign(token, ","));
}

/** `ALTER … name DROP …` or `ALTER TABLE name ALTER column DROP …`, and nothing besides. */
function onlyDrops({ tokens }: Pick<Statement, "tokens">): boolean {
  if (tokens.some((token) => token.depth === 0 && isSign(token, ","))) return false;
  const at = behindName(tokens);
  if (keyword(tokens[at]) === "DROP") return true;
  if (keyword(tokens[at]) !== "ALTER") return false;
  const column = keyword(tokens[at + 1]) === "COLUMN" ? at + 2 : at + 1;
  return keyword(tokens[column + 1]) === "DROP";
}

/** The place behind `ALTER TABLE [IF EXISTS] [ONLY] schema.name`. */
function behindName(tokens: Statement["tokens"]): number {
  let at = 2;
  while (/^(IF|EXISTS|ONLY|TABLE|TYPE|WRAPPER|DATA|VIEW|TRIGGER)$/.test(keyword(tokens[at]))) at++;
  at++;
  while (isSign(tokens[at], ".")) at += 2;
  if (isSign(tokens[at], "*")) at++;
  return at;
}
