import type { Scene } from "../scene.ts";
import type { Work } from "../work.ts";
import type { Action } from "../sql/alter_table.ts";
import type { SqlName } from "../sql/names.ts";
import { batches } from "./batches.ts";
import { changeRows } from "./rows.ts";
import { ident, nameFor } from "./names.ts";
import { autocommitted, execute, revisions } from "./python.ts";
import { retype } from "./retype.ts";

const SPLIT =
  "# A revision of its own for each of the two statements: a lock lasts until the end of its\n" +
  "# revision. Where they must stay together, put the one that locks last.";

/** How to do the same work without keeping others out. */
export function fixOfWork(
  scene: Scene,
  group: { readonly by: { readonly index: number } | undefined },
  main: Work | undefined,
  own: boolean,
): string | undefined {
  if (!main) return "# Let the statement that locks come last, in a revision of its own.";
  if (!own) return fixOfOther(scene, group, main);
  const { parsed } = main.by;
  if (parsed.kind === "create-index") return concurrently(parsed);
  if (parsed.kind !== "alter-table" || !main.action) return SPLIT;
  return fixOfAction(parsed.table, main.action);
}

/** The work of one statement under the lock of another. */
function fixOfOther(
  scene: Scene,
  group: { readonly by: { readonly index: number } | undefined },
  { by }: Work,
): string {
  const { parsed } = by;
  const changed = parsed.kind === "update" || parsed.kind === "delete";
  if (!changed || group.by === undefined || group.by.index >= by.index) return SPLIT;
  return `${SPLIT}\n# The rows, in batches that each commit:\n${
    changeRows(scene, by, parsed.table)
  }`;
}

function fixOfAction(table: SqlName, action: Action): string | undefined {
  switch (action.kind) {
    case "set-not-null":
      return notNull(table, action.column);
    case "add-check":
    case "add-foreign-key":
      return notValid(table, action);
    case "add-unique":
    case "add-primary-key":
      return usingIndex(table, action);
    case "add-column":
      return defaultLater(table, action.column, action.type, action.default);
    case "set-type":
      return retype(table, action.column, action.type, action.using);
    default:
      return undefined;
  }
}

/** An index that is built while others write. */
export function concurrently(
  index: { table: SqlName; name: string | undefined; unique: boolean; body: string },
): string {
  const name = index.name ?? nameFor("ix", index.table);
  const unique = index.unique ? "UNIQUE " : "";
  const on = `${name} ON ${index.table.text} ${index.body}`;
  return "# In a revision of its own: it commits by itself.\n" + autocommitted(
    execute(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`) + "  # what a build that failed left",
    execute(`CREATE ${unique}INDEX CONCURRENTLY ${on}`),
  );
}

/** SET NOT NULL on the word of a CHECK that was validated without a strong lock. */
export function notNull(table: SqlName, column: string): string {
  const [name, alter] = [nameFor("ck", table, column, "not_null"), `ALTER TABLE ${table.text}`];
  return revisions(
    [
      "for a moment only",
      execute(`${alter} ADD CONSTRAINT ${name} CHECK (${ident(column)} IS NOT NULL) NOT VALID`),
    ],
    [
      "the rows are read while others read and write; the check then spares a second reading",
      [
        execute(`${alter} VALIDATE CONSTRAINT ${name}`),
        execute(`${alter} ALTER COLUMN ${ident(column)} SET NOT NULL`),
        execute(`${alter} DROP CONSTRAINT ${name}`),
      ].join("\n"),
    ],
  );
}

function notValid(
  table: SqlName,
  action: Extract<Action, { kind: "add-check" | "add-foreign-key" }>,
): string {
  const prefix = action.kind === "add-check" ? "ck" : "fk";
  const name = action.name ?? nameFor(prefix, table, action.columns);
  const alter = `ALTER TABLE ${table.text}`;
  return revisions(
    ["for a moment only", execute(`${alter} ADD CONSTRAINT ${name} ${action.body} NOT VALID`)],
    [
      "the rows are read while others read and write",
      execute(`${alter} VALIDATE CONSTRAINT ${name}`),
    ],
  );
}

function usingIndex(
  table: SqlName,
  action: Extract<Action, { kind: "add-unique" | "add-primary-key" }>,
): string {
  const unique = action.kind === "add-unique";
  const name = action.name ?? nameFor(unique ? "uq" : "pk", table, action.columns);
  const body = `(${action.columns})`;
  const constraint = `${name} ${unique ? "UNIQUE" : "PRIMARY KEY"} USING INDEX ${name}`;
  return revisions(
    [
      "built while others read and write",
      concurrently({ table, name, unique: true, body }),
    ],
    ["for a moment only", execute(`ALTER TABLE ${table.text} ADD CONSTRAINT ${constraint}`)],
  );
}

function defaultLater(
  table: SqlName,
  column: string,
  type: string,
  value: string | undefined,
): string | undefined {
  // What is computed or counted by the server cannot be filled in later.
  if (value === undefined || value === type || /^always/i.test(value)) return undefined;
  const [name, alter] = [ident(column), `ALTER TABLE ${table.text}`];
  return revisions(
    [
      "for a moment only; new rows get the default",
      [
        execute(`${alter} ADD COLUMN ${name} ${type}`),
        execute(`${alter} ALTER COLUMN ${name} SET DEFAULT ${value}`),
      ].join("\n"),
    ],
    [
      "the rows that were there, in batches that each commit",
      batches(table.text, `${name} = ${value}`, `${name} IS NULL`),
    ],
  );
}
