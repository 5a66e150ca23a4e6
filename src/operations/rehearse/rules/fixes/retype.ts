import type { SqlName } from "../sql/names.ts";
import { batches } from "./batches.ts";
import { ident, nameFor } from "./names.ts";
import { execute, type Part } from "./python.ts";

/** A new column beside the old one, kept in step by a trigger, then the names swapped. */
export function retype(
  table: SqlName,
  column: string,
  type: string,
  using: string | undefined,
): readonly Part[] {
  const [old, fresh] = [ident(column), ident(`${column}_new`)];
  const alter = `ALTER TABLE ${table.text}`;
  const sync = nameFor("sync", table, column);
  const value = using ?? `${old}::${type}`;
  const body =
    `BEGIN SELECT ${value} INTO NEW.${fresh} FROM (SELECT NEW.*) AS ${table.name}; RETURN NEW; END`;
  const trigger = `CREATE TRIGGER ${sync} BEFORE INSERT OR UPDATE ON ${table.text}`;
  return [
    [
      "a column of the new type, which a trigger keeps in step",
      [
        execute(`${alter} ADD COLUMN ${fresh} ${type}`),
        execute(`CREATE FUNCTION ${sync}() RETURNS trigger LANGUAGE plpgsql AS $$ ${body} $$`),
        execute(`${trigger} FOR EACH ROW EXECUTE FUNCTION ${sync}()`),
      ].join("\n"),
    ],
    [
      "the rows that were there, in batches that each commit",
      batches(table.text, `${fresh} = ${value}`, `${fresh} IS NULL AND ${old} IS NOT NULL`),
    ],
    [
      "the names swapped; indexes, defaults and constraints of the old column must be made again",
      [
        execute(`DROP TRIGGER ${sync} ON ${table.text}`),
        execute(`DROP FUNCTION ${sync}()`),
        execute(`${alter} DROP COLUMN ${old}`),
        execute(`${alter} RENAME COLUMN ${fresh} TO ${old}`),
      ].join("\n"),
    ],
  ];
}
