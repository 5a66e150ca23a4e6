import { isSign, keyword, nameOf, type Statement, type Token } from "./statement.ts";

/** A database as `CREATE DATABASE` asks for it. */
export interface CreatedDatabase {
  readonly name: string;
  readonly encoding: string | undefined;
  readonly owner: string | undefined;
  readonly template: string | undefined;
  /** What it says of locales, by the keyword in capitals, such as `LC_COLLATE`. */
  readonly locale: ReadonlyMap<string, string>;
  readonly connectionLimit: string | undefined;
}

const LOCALE = new Set([
  ..."LOCALE LC_COLLATE LC_CTYPE LOCALE_PROVIDER ICU_LOCALE ICU_RULES BUILTIN_LOCALE".split(" "),
]);

/** Reads `CREATE DATABASE`; undefined for any other statement. */
export function createdDatabase(
  { tokens }: Pick<Statement, "tokens">,
): CreatedDatabase | undefined {
  if (keyword(tokens[0]) !== "CREATE" || keyword(tokens[1]) !== "DATABASE") return undefined;
  const name = nameOf(tokens[2]);
  if (name === undefined) return undefined;
  const options = optionsOf(tokens.slice(3));
  const one = (key: string) => options.get(key);
  return {
    name,
    encoding: one("ENCODING"),
    owner: one("OWNER"),
    template: one("TEMPLATE"),
    locale: new Map([...options].filter(([key]) => LOCALE.has(key))),
    connectionLimit: one("LIMIT"),
  };
}

/** `KEY [=] value` after `KEY [=] value`; `DEFAULT` says nothing. */
function optionsOf(tokens: readonly Token[]): Map<string, string> {
  const options = new Map<string, string>();
  for (let at = 0; at < tokens.length; at++) {
    const key = keyword(tokens[at]);
    if (key === "" || key === "WITH" || key === "CONNECTION") continue;
    if (isSign(tokens[at + 1], "=")) at++;
    const minus = isSign(tokens[at + 1], "-");
    const value = tokens[minus ? at + 2 : at + 1];
    at += minus ? 2 : 1;
    if (value && keyword(value) !== "DEFAULT") {
      options.set(key, minus ? `-${value.value}` : nameOf(value) ?? value.value);
    }
  }
  return options;
}
