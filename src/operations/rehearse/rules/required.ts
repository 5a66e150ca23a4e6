import { execute } from "./fixes/python.ts";
import { listed } from "./numbers.ts";
import type { Draft, Scene } from "./scene.ts";
import { partsOf } from "./sql/names.ts";

/** Columns that every INSERT must name from now on: the app that runs now does not know them. */
export function judgeRequired(scene: Scene): Draft[] {
  const asked = requiredColumns(scene);
  return asked.length === 0 ? [] : [draft(scene, asked)];
}

/** A column by the names that the fingerprint has. */
export interface NamedColumn {
  /** `schema.table.column` */
  readonly ident: string;
  readonly table: string;
  /** As SQL needs it. */
  readonly quoted: string;
  readonly column: string;
}

/** Columns of tables that were there which are NOT NULL now, have no default, and need be named. */
export function requiredColumns(scene: Scene): NamedColumn[] {
  const { before, after } = scene.context;
  const tables = new Set(before.flatMap(([kind, ident]) => kind === "table" ? [ident] : []));
  const had = new Map(
    before.flatMap(([kind, ident, definition]) =>
      kind === "column" ? [[ident, definition] as const] : []
    ),
  );
  return after.filter(([kind, ident, definition]) => {
    const old = had.get(ident);
    return kind === "column" && isRequired(definition) && tables.has(split(ident).table) &&
      (old === undefined ? !isRenamed(scene, ident) : / default=/.test(old));
  }).map(([, ident]) => split(ident));
}

/** A column of a partition is that of its table. */
function isRequired(definition: string): boolean {
  return / NOT NULL(?: |$)/.test(definition) && !/ inherited$/.test(definition) &&
    !/ (?:default|generated|identity)=/.test(definition);
}

/** That is told by a rule of its own. */
function isRenamed({ statements }: Scene, ident: string): boolean {
  const { column } = split(ident);
  return statements.some(({ parsed }) =>
    parsed.kind === "alter-table" &&
    parsed.actions.some((one) => one.kind === "rename-column" && one.to === column)
  );
}

function draft({ statements }: Scene, asked: readonly NamedColumn[]): Draft {
  const many = asked.length > 1;
  const [be, have, it] = many ? ["are", "have", "them"] : ["is", "has", "it"];
  return {
    rule: "required-column",
    text:
      `${
        listed(asked.map(({ ident }) => ident))
      } ${be} NOT NULL and ${have} no default: an app that does not write ` +
      `${it}, such as the one that runs now, can INSERT nothing until the new one is deployed, ` +
      "nor after a rollback of the app.",
    fix: "# A default in the server, at least until no app is left that does not write it:\n" +
      asked.map(({ table, quoted }) =>
        execute(`ALTER TABLE ${table} ALTER COLUMN ${quoted} SET DEFAULT <value>`)
      ).join("\n"),
    at: statements.find(({ words }) => words.has(asked[0]!.column)),
  };
}

/** Table and column of `schema.table.column`, the column as it stands there and without quotes. */
function split(ident: string): NamedColumn {
  const [, table = "", quoted = ""] = /^(.*)\.("(?:[^"]|"")*"|[^".]+)$/s.exec(ident) ?? [];
  return { ident, table, quoted, column: partsOf(`_.${quoted}`)[1] };
}
