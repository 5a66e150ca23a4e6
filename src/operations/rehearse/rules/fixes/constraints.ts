import type { Action } from "../sql/alter_table.ts";
import type { SqlName } from "../sql/names.ts";
import { ident, nameFor } from "./names.ts";
import { autocommitted, execute, type Part } from "./python.ts";

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
export function notNull(table: SqlName, column: string): readonly Part[] {
  const [name, alter] = [nameFor("ck", table, column, "not_null"), `ALTER TABLE ${table.text}`];
  return [
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
  ];
}

/** A constraint that is validated once it is there. */
export function notValid(
  table: SqlName,
  action: Extract<Action, { kind: "add-check" | "add-foreign-key" }>,
): readonly Part[] {
  const prefix = action.kind === "add-check" ? "ck" : "fk";
  const name = action.name ?? nameFor(prefix, table, action.columns);
  const alter = `ALTER TABLE ${table.text}`;
  return [
    ["for a moment only", execute(`${alter} ADD CONSTRAINT ${name} ${action.body} NOT VALID`)],
    [
      "the rows are read while others read and write",
      execute(`${alter} VALIDATE CONSTRAINT ${name}`),
    ],
  ];
}

/** A constraint over an index that was built before it. */
export function usingIndex(
  table: SqlName,
  action: Extract<Action, { kind: "add-unique" | "add-primary-key" }>,
): readonly Part[] {
  const unique = action.kind === "add-unique";
  const name = action.name ?? nameFor(unique ? "uq" : "pk", table, action.columns);
  const body = `(${action.columns})`;
  const constraint = `${name} ${unique ? "UNIQUE" : "PRIMARY KEY"} USING INDEX ${name}`;
  return [
    [
      "built while others read and write",
      concurrently({ table, name, unique: true, body }),
    ],
    ["for a moment only", execute(`ALTER TABLE ${table.text} ADD CONSTRAINT ${constraint}`)],
  ];
}
