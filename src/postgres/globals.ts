/** A role as `pg_dumpall --globals-only` writes it. */
export interface RoleDefinition {
  readonly name: string;
  readonly login: boolean;
  readonly inherit: boolean;
  readonly connectionLimit: number;
  /** The password's verifier; a secret. */
  readonly password: string | undefined;
  readonly validUntil: string | undefined;
  /** Rights over the whole server, such as SUPERUSER: never given back by a restore. */
  readonly powers: readonly string[];
  readonly memberOf: readonly string[];
  /** Settings of its own, whatever the database. */
  readonly settings: readonly RoleSetting[];
}

/** `ALTER ROLE … SET name TO value, …`. */
export interface RoleSetting {
  readonly name: string;
  /** More than one where the setting is a list. */
  readonly values: readonly string[];
}

const POWERS = new Set(["SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"]);
/** A quoted name, a quoted text, a word or a number, or a single sign. */
const TOKEN = /"((?:[^"]|"")*)"|(E?)'((?:[^']|'')*)'|([\w$\u0080-\uffff]+|-\d+)|(\S)/gy;

interface Token {
  readonly kind: "name" | "text" | "word" | "sign";
  readonly value: string;
}

/** Reads roles out of a globals file, which is never run on a live server. */
export function parseGlobals(script: string): Map<string, RoleDefinition> {
  const roles = new Map<string, RoleDefinition>();
  for (const [verb, object, ...rest] of statements(script)) {
    const head = `${verb?.value} ${object?.value}`.toUpperCase();
    if (head === "CREATE ROLE" && rest[0]) roles.set(rest[0].value, bare(rest[0].value));
    if (head === "ALTER ROLE") alterRole(roles, rest);
    if (verb?.value.toUpperCase() === "GRANT") grantRole(roles, [object!, ...rest]);
  }
  return roles;
}

function bare(name: string): RoleDefinition {
  return {
    name,
    login: false,
    inherit: true,
    connectionLimit: -1,
    password: undefined,
    validUntil: undefined,
    powers: [],
    memberOf: [],
    settings: [],
  };
}

/** `ALTER ROLE name WITH …` and `ALTER ROLE name SET …`. */
function alterRole(
  roles: Map<string, RoleDefinition>,
  [name, keyword, ...options]: readonly Token[],
): void {
  const role = name && roles.get(name.value);
  const word = keyword?.value.toUpperCase();
  if (role && word === "WITH") roles.set(role.name, { ...role, ...attributes(options) });
  const setting = word === "SET" ? settingOf(options) : undefined;
  if (role && setting) roles.set(role.name, { ...role, settings: [...role.settings, setting] });
}

function attributes(options: readonly Token[]) {
  const words = options.map((token) => token.kind === "text" ? "" : token.value.toUpperCase());
  const after = (word: string) => options[words.indexOf(word) + 1];
  const has = (word: string) => words.includes(word);
  return {
    login: has("LOGIN"),
    inherit: !has("NOINHERIT"),
    connectionLimit: has("LIMIT") ? Number(after("LIMIT")?.value) : -1,
    password: has("PASSWORD") ? after("PASSWORD")?.value : undefined,
    validUntil: has("UNTIL") ? after("UNTIL")?.value : undefined,
    powers: words.filter((word) => POWERS.has(word)),
  };
}

/** `name TO 'value', …`, or a name with dots in it; undefined for what pg_dumpall does not write. */
function settingOf(tokens: readonly Token[]): RoleSetting | undefined {
  const to = tokens.findIndex(({ kind, value }) => kind === "word" && value.toUpperCase() === "TO");
  const name = tokens.slice(0, to).map(({ value }) => value).join("");
  const values = tokens.slice(to + 1).filter(({ kind }) => kind !== "sign");
  if (to < 1 || values.length === 0) return undefined;
  return { name, values: values.map(({ value }) => value) };
}

/** `GRANT role TO member …`. */
function grantRole(roles: Map<string, RoleDefinition>, [granted, to, member]: readonly Token[]) {
  const role = member && roles.get(member.value);
  if (!role || !granted || to?.value.toUpperCase() !== "TO") return;
  roles.set(role.name, { ...role, memberOf: [...role.memberOf, granted.value] });
}

function* statements(script: string): Generator<Token[]> {
  // Comments and psql's own commands are whole lines; a role's name with a line break is quoted.
  const text = script.replaceAll(/^(?:--|\\).*$/gm, "");
  let statement: Token[] = [];
  for (const { kind, value } of tokens(text)) {
    if (kind === "sign" && value === ";") {
      yield statement;
      statement = [];
    } else statement.push({ kind, value });
  }
}

function* tokens(text: string): Generator<Token> {
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) {
      at++; // white space
      continue;
    }
    const [whole, name, escaped, literal, word, sign] = found;
    at += whole.length;
    if (name !== undefined) yield { kind: "name", value: name.replaceAll('""', '"') };
    else if (literal !== undefined) yield { kind: "text", value: textOf(literal, escaped) };
    else if (word !== undefined) yield { kind: "word", value: word };
    else yield { kind: "sign", value: sign! };
  }
}

/** pg_dumpall escapes backslashes and nothing else. */
function textOf(literal: string, escaped: string | undefined): string {
  const text = literal.replaceAll("''", "'");
  return escaped ? text.replaceAll("\\\\", "\\") : text;
}
