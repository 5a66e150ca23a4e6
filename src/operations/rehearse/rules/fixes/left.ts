import type { Scene } from "../scene.ts";
import { execute } from "./python.ts";

/** Something that a downgrade did not take away again. */
export interface Left {
  readonly kind: string;
  readonly ident: string;
  /** What takes it away. */
  readonly code: string;
}

/** What a sentence of the comparison calls something that was not there before. */
const NEW = /^(.+?) was not there before$/;

// Longest first: what is a "materialized view" is a "view" too.
const DROPS: readonly (readonly [kind: string, sql: (ident: string) => string | undefined])[] = [
  ["materialized view", (ident) => `DROP MATERIALIZED VIEW ${ident}`],
  ["event trigger", (ident) => `DROP EVENT TRIGGER ${ident}`],
  [
    "constraint",
    (ident) => on(ident, (name, table) => `ALTER TABLE ${table} DROP CONSTRAINT ${name}`),
  ],
  ["extension", (ident) => `DROP EXTENSION ${ident}`],
  ["sequence", (ident) => `DROP SEQUENCE ${ident}`],
  ["trigger", (ident) => on(ident, (name, table) => `DROP TRIGGER ${name} ON ${table}`)],
  ["routine", (ident) => `DROP ROUTINE ${ident}`],
  ["column", (ident) => column(ident)],
  ["policy", (ident) => on(ident, (name, table) => `DROP POLICY ${name} ON ${table}`)],
  ["domain", (ident) => `DROP DOMAIN ${ident}`],
  ["schema", (ident) => `DROP SCHEMA ${ident}`],
  ["range", (ident) => `DROP TYPE ${ident}`],
  ["index", (ident) => on(ident, (name) => `DROP INDEX ${name}`)],
  ["table", (ident) => `DROP TABLE ${ident}`],
  ["enum", (ident) => `DROP TYPE ${ident}`],
  ["type", (ident) => `DROP TYPE ${ident}`],
  ["view", (ident) => `DROP VIEW ${ident}`],
];

/** What the differences say is there and was not before, with the statement that drops it. */
export function dropLeft({ revision }: Scene): Left[] {
  return dropMade(revision.downgrade.differences);
}

/**
 * What takes back all that differences tell of, in an order that the server allows; undefined where
 * they tell of more than of what was not there before.
 */
export function takeBack(differences: readonly string[]): string[] | undefined {
  const isMade = (line: string) => NEW.test(line) && DROPS.some(([kind]) => isKind(line, kind));
  const made = dropMade(differences.filter(isMade));
  // The rights to what goes go with it.
  const isKnown = (line: string) =>
    isMade(line) || isKind(line, "grant") && made.some(({ ident }) => line.includes(` ${ident} `));
  if (made.length === 0 || !differences.every(isKnown)) return undefined;
  const rank = ({ kind }: Left) => ORDER.indexOf(kind);
  return made.toSorted((a, b) => rank(a) - rank(b)).map(({ kind, code }) =>
    // They may have gone with what they belong to.
    code.replace(
      /DROP (SEQUENCE|INDEX) /,
      kind === "sequence" || kind === "index" ? "DROP $1 IF EXISTS " : "$&",
    )
  );
}

/** What depends on something comes before it. */
const ORDER = [
  ...["materialized view", "view", "event trigger", "trigger", "policy", "constraint", "index"],
  ...["column", "table", "routine", "sequence", "domain", "range", "type", "schema", "extension"],
];

function isKind(thing: string, kind: string): boolean {
  return thing.toLowerCase().startsWith(`${kind} `);
}

function dropMade(differences: readonly string[]): Left[] {
  const found = differences.flatMap((line) => {
    const thing = NEW.exec(line.replace(/\.$/, ""))?.[1] ?? "";
    const drop = DROPS.find(([kind]) => isKind(thing, kind));
    if (!drop) return [];
    const ident = thing.slice(drop[0].length + 1);
    const sql = drop[1](ident);
    const kind = drop[0] === "enum" ? "type" : drop[0];
    return sql === undefined ? [] : [{ kind, ident, code: execute(sql) }];
  });
  // What belongs to a table goes with it.
  const tables = found.filter(({ kind }) => kind === "table").map(({ ident }) => ident);
  return found.filter(({ kind, ident }) =>
    kind === "table" ||
    !tables.some((table) => ident.endsWith(` on ${table}`) || ident.startsWith(`${table}.`))
  );
}

function on(
  ident: string,
  sql: (name: string, table: string) => string,
): string | undefined {
  const [, name, table] = /^(.+) on (.+)$/.exec(ident) ?? [];
  return name === undefined || table === undefined ? undefined : sql(name, table);
}

function column(ident: string): string | undefined {
  const [, table, name] = /^(.+)\.([^.]+)$/.exec(ident) ?? [];
  return table === undefined ? undefined : `ALTER TABLE ${table} DROP COLUMN ${name}`;
}
