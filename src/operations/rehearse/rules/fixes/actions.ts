import type { Action } from "../sql/alter_table.ts";
import type { SqlName } from "../sql/names.ts";
import { defaultLater } from "./columns.ts";
import { notNull, notValid, usingIndex } from "./constraints.ts";
import type { Part } from "./python.ts";
import { retype } from "./retype.ts";

/** An action of an ALTER TABLE in steps that keep nobody out; undefined where there is no such way. */
export function fixOfAction(table: SqlName, action: Action): readonly Part[] | undefined {
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
