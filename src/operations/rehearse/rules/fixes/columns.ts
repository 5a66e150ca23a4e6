import type { SqlName } from "../sql/names.ts";
import { batches } from "./batches.ts";
import { ident, nameFor } from "./names.ts";
import { execute, type Part } from "./python.ts";

/** A column whose default is set after it was made: the rows that are there are filled later. */
export function defaultLater(
  table: SqlName,
  column: string,
  type: string,
  value: string | undefined,
): readonly Part[] | undefined {
  const [name, alter] = [ident(column), `ALTER TABLE ${table.text}`];
  const counted = /^((?:big|small)?)serial$/i.exec(type.trim());
  if (counted) return countLater(table, name, `${counted[1]}int`.toLowerCase());
  // What the server computes cannot be filled in later.
  if (value === undefined || value === type || /^always/i.test(value)) return undefined;
  return [
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
  ];
}

function countLater(table: SqlName, column: string, type: string): readonly Part[] {
  const sequence = nameFor("seq", table, column);
  const [alter, next] = [`ALTER TABLE ${table.text}`, `nextval('${sequence}')`];
  return [
    [
      "for a moment only; new rows are counted",
      [
        execute(`${alter} ADD COLUMN ${column} ${type}`),
        execute(`CREATE SEQUENCE ${sequence} OWNED BY ${table.text}.${column}`),
        execute(`${alter} ALTER COLUMN ${column} SET DEFAULT ${next}`),
      ].join("\n"),
    ],
    [
      "the rows that were there, in batches that each commit",
      batches(table.text, `${column} = ${next}`, `${column} IS NULL`),
    ],
  ];
}
