import { isSign, keyword, keywords, nameOf, type Statement, type Token } from "./statement.ts";

/** What a statement says of roles. */
export interface RolesOf {
  /** Those that must be there for it. */
  readonly named: readonly string[];
  /** The one that it makes. */
  readonly made: string | undefined;
}

/** Words that stand where a role can, and are none. */
const NO_ROLE = new Set([
  "all",
  "current_role",
  "current_user",
  "default",
  "none",
  "public",
  "session_user",
]);

/** Finds every role that a statement names, wherever a role can stand in PostgreSQL's grammar. */
export function rolesOf(statement: Pick<Statement, "tokens">): RolesOf {
  const [first = "", second = ""] = keywords(statement, 2);
  const words = new Words(statement.tokens);
  const makes = first === "CREATE" && isRole(second) && keyword(statement.tokens[2]) !== "MAPPING";
  const made = makes ? nameOf(statement.tokens[2]) : undefined;
  const named = new Set(namedIn(first, second, words));
  if (made !== undefined) named.delete(made);
  return { named: [...named], made };
}

function namedIn(first: string, second: string, words: Words): string[] {
  switch (first) {
    case "ALTER":
      return [...inAlter(second, words)];
    case "CREATE":
      return [...inCreate(second, words)];
    case "GRANT":
    case "REVOKE":
      return inGrant(words);
    case "SET":
      return inSet(words);
    case "DROP":
      if (second === "OWNED") return words.listAfter("BY");
      return second === "USER" && words.has("MAPPING") ? words.listAfter("FOR") : [];
    case "REASSIGN":
      return [...words.listAfter("BY"), ...words.listAfter("TO")];
    case "COMMENT":
    case "SECURITY":
      return words.listAfter("ON", "ROLE");
    default:
      return [];
  }
}

function isRole(word: string): boolean {
  return word === "ROLE" || word === "USER" || word === "GROUP";
}

function inAlter(second: string, words: Words): string[] {
  if (second === "DEFAULT") {
    const whose = [...words.listAfter("FOR", "ROLE"), ...words.listAfter("FOR", "USER")];
    return [...whose, ...inGrant(words)];
  }
  if (second === "POLICY") return words.has("RENAME") ? [] : words.listAfter("TO");
  if (second === "USER" && words.has("MAPPING")) return words.listAfter("FOR");
  if (isRole(second)) return [...words.listFrom(2, 1), ...words.listAfter("ADD", "USER")];
  return words.listAfter("OWNER", "TO");
}

function inCreate(second: string, words: Words): string[] {
  switch (second) {
    case "SCHEMA":
      return words.listAfter("AUTHORIZATION");
    case "POLICY":
      return words.listAfter("TO");
    case "USER":
      if (words.has("MAPPING")) return words.listAfter("FOR");
      return members(words);
    case "ROLE":
    case "GROUP":
      return members(words);
    case "DATABASE":
    case "TABLESPACE":
      return words.listAfter("OWNER");
    default:
      return [];
  }
}

/** `CREATE ROLE a IN ROLE b ROLE c ADMIN d`: the third word is the role's own name. */
function members(words: Words): string[] {
  return ["ROLE", "GROUP", "USER", "ADMIN"].flatMap((word) => words.listsBehind(word, 3));
}

function inGrant(words: Words): string[] {
  const to = words.lastOf("TO", "FROM");
  if (to < 0) return [];
  const granted = words.has("ON") || words.isPrivileges() ? [] : words.listFrom(1, Infinity, to);
  const roles = granted.filter((name) => !name.startsWith("pg_"));
  return [...roles, ...words.listFrom(to + 1), ...words.listAfter("GRANTED", "BY")];
}

function inSet(words: Words): string[] {
  const at = words.after("SESSION", "AUTHORIZATION");
  if (at >= 0) return words.listFrom(at, 1);
  const role = words.after("SET", "ROLE");
  const local = words.after("LOCAL", "ROLE");
  const session = words.after("SESSION", "ROLE");
  const from = Math.max(role, local, session);
  return from < 0 ? [] : words.listFrom(words.isTo(from) ? from + 1 : from, 1);
}

/** A statement's words outside of brackets, and the lists of names that follow some of them. */
class Words {
  readonly #tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens.filter(({ depth }) => depth === 0);
  }

  has(word: string): boolean {
    return this.#tokens.some((token) => keyword(token) === word);
  }

  isTo(at: number): boolean {
    return keyword(this.#tokens[at]) === "TO" || isSign(this.#tokens[at], "=");
  }

  /** `ALTER DEFAULT PRIVILEGES … GRANT … TO`: what is granted there is no role. */
  isPrivileges(): boolean {
    return keyword(this.#tokens[1]) === "DEFAULT";
  }

  lastOf(...words: string[]): number {
    const by = this.after("GRANTED", "BY");
    const within = by < 0 ? this.#tokens : this.#tokens.slice(0, by);
    return within.findLastIndex((token) => words.includes(keyword(token)));
  }

  /** The place behind these words; -1 where they do not stand side by side. */
  after(...words: string[]): number {
    const at = this.#tokens.findIndex((_, from) =>
      words.every((word, ahead) => keyword(this.#tokens[from + ahead]) === word)
    );
    return at < 0 ? -1 : at + words.length;
  }

  listAfter(...words: string[]): string[] {
    const at = this.after(...words);
    return at < 0 ? [] : this.listFrom(isSign(this.#tokens[at], "=") ? at + 1 : at);
  }

  /** The lists behind every such word from a place on. */
  listsBehind(word: string, from: number): string[] {
    return this.#tokens.flatMap((token, at) =>
      at >= from && keyword(token) === word ? this.listFrom(at + 1) : []
    );
  }

  /** The names from a place on, with commas between them; at most so many, and none from `to` on. */
  listFrom(at: number, most = Infinity, to = this.#tokens.length): string[] {
    const names: string[] = [];
    for (let from = at; from < to && names.length < most; from++) {
      if (keyword(this.#tokens[from]) === "GROUP") continue;
      const token = this.#tokens[from]!;
      const name = nameOf(token);
      if (name === undefined) break;
      if (token.kind !== "word" || !NO_ROLE.has(name)) names.push(name);
      if (!isSign(this.#tokens[from + 1], ",")) break;
      from++;
    }
    return names;
  }
}
