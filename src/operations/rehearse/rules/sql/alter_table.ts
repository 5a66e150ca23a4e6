import type { SqlName } from "./names.ts";
import type { Reader } from "./reader.ts";

/** What an ALTER TABLE does, as far as a rule asks. */
export type Action =
  | {
    readonly kind: "add-column";
    readonly column: string;
    /** Its type as it stands there, without constraints. */
    readonly type: string;
    /** Its default as it stands there, or what it is generated from. */
    readonly default: string | undefined;
    readonly checked: boolean;
  }
  | { readonly kind: "drop-column" | "set-not-null"; readonly column: string }
  | { readonly kind: "set-type"; readonly column: string; readonly type: string; using?: string }
  | {
    readonly kind: "add-check" | "add-foreign-key";
    readonly name: string | undefined;
    /** The constraint without its name, and without NOT VALID. */
    readonly body: string;
    readonly columns: string;
    readonly validated: boolean;
    readonly references: SqlName | undefined;
  }
  | {
    readonly kind: "add-unique" | "add-primary-key";
    readonly name: string | undefined;
    readonly columns: string;
    readonly usingIndex: boolean;
  }
  | { readonly kind: "rename-column"; readonly from: string; readonly to: string }
  | { readonly kind: "rename-table"; readonly to: string }
  | { readonly kind: "validate" | "attach" | "other" };

/** Reads one action of an ALTER TABLE. */
export function readAction(reader: Reader): Action {
  if (reader.take("rename")) return readRename(reader);
  if (reader.take("validate")) return { kind: "validate" };
  if (reader.take("attach")) return { kind: "attach" };
  if (reader.take("add")) return readAdd(reader);
  if (reader.take("alter")) return readAlter(reader);
  if (reader.take("drop") && !reader.take("constraint")) {
    reader.take("column");
    reader.take("if", "exists");
    return { kind: "drop-column", column: columnOf(reader) };
  }
  return { kind: "other" };
}

function readRename(reader: Reader): Action {
  if (reader.take("constraint")) return { kind: "other" };
  if (reader.take("to")) return { kind: "rename-table", to: columnOf(reader) };
  reader.take("column");
  const from = columnOf(reader);
  reader.take("to");
  return { kind: "rename-column", from, to: columnOf(reader) };
}

function readAdd(reader: Reader): Action {
  const name = reader.take("constraint") ? reader.name()?.text : undefined;
  const body = reader.text.replace(/\s+not\s+valid\s*;?$/i, "");
  const validated = !reader.has("not", "valid");
  if (reader.take("check")) {
    return { kind: "add-check", name, body, columns: "", validated, references: undefined };
  }
  if (reader.take("foreign", "key")) {
    const columns = reader.parenthesised() ?? "";
    reader.take("references");
    return { kind: "add-foreign-key", name, body, columns, validated, references: reader.name() };
  }
  const index = reader.takeAny("unique", "primary key");
  if (index !== undefined) {
    const kind = index === "unique" ? "add-unique" : "add-primary-key";
    const usingIndex = reader.take("using", "index");
    reader.take("nulls", "not", "distinct");
    return { kind, name, columns: reader.parenthesised() ?? "", usingIndex };
  }
  return name === undefined && !reader.has("exclude") ? readColumn(reader) : { kind: "other" };
}

const AFTER_TYPE = ["collate", "default", "not", "null", "generated", "constraint", "check"];
const CONSTRAINTS = ["unique", "primary", "references"];

function readColumn(reader: Reader): Action {
  reader.take("column");
  reader.take("if", "not", "exists");
  const column = columnOf(reader);
  const checked = reader.has("check");
  const type = reader.until(...AFTER_TYPE, ...CONSTRAINTS);
  const generated = reader.has("generated");
  reader.until("default", "generated");
  const found = reader.takeAny("default", "generated");
  const value = found === undefined
    ? undefined
    : reader.until("not", "null", "constraint", "check", ...CONSTRAINTS);
  const serial = /^(big|small)?serial\b/i.test(type);
  const filled = value || (serial || generated ? type : undefined);
  return { kind: "add-column", column, type, default: filled, checked };
}

function readAlter(reader: Reader): Action {
  reader.take("column");
  const column = columnOf(reader);
  if (reader.take("set", "not", "null")) return { kind: "set-not-null", column };
  if (reader.takeAny("type", "set data type") === undefined) return { kind: "other" };
  const type = reader.until("using", "collate");
  reader.until("using");
  const using = reader.take("using") ? reader.text : undefined;
  return { kind: "set-type", column, type, ...(using === undefined ? {} : { using }) };
}

function columnOf(reader: Reader): string {
  return reader.name()?.name ?? "";
}
