import { type Action, readAction } from "./alter_table.ts";
import type { SqlName } from "./names.ts";
import { Reader } from "./reader.ts";

/** A statement as the rules see it; what they do not ask about is `other`. */
export type Parsed =
  | { readonly kind: "alter-table"; readonly table: SqlName; readonly actions: readonly Action[] }
  | {
    readonly kind: "create-index";
    readonly table: SqlName;
    readonly name: string | undefined;
    readonly unique: boolean;
    readonly concurrently: boolean;
    /** Method, columns and everything behind the table's name. */
    readonly body: string;
  }
  | { readonly kind: "update" | "delete" | "insert" | "create-table"; readonly table: SqlName }
  | { readonly kind: "truncate" | "drop-table"; readonly tables: readonly SqlName[] }
  | { readonly kind: "query" | "setting" | "other" };

/** Reads a statement's beginning; never fails. */
export function parseStatement(sql: string): Parsed {
  const reader = Reader.over(sql);
  if (reader.take("alter", "table")) return readAlterTable(reader);
  if (reader.take("create")) return readCreate(reader);
  if (reader.take("truncate")) {
    reader.take("table");
    return { kind: "truncate", tables: namesOf(reader) };
  }
  if (reader.take("drop", "table")) {
    reader.take("if", "exists");
    return { kind: "drop-table", tables: namesOf(reader) };
  }
  if (reader.take("with")) reader.until("update", "delete", "insert", "select");
  return readRows(reader);
}

function readRows(reader: Reader): Parsed {
  const verb = reader.takeAny("update", "delete from", "insert into");
  if (verb === undefined) {
    if (reader.takeAny("select", "values", "show", "table")) return { kind: "query" };
    return { kind: reader.takeAny("set", "reset") ? "setting" : "other" };
  }
  reader.take("only");
  const table = reader.name();
  if (!table) return { kind: "other" };
  const kind = verb === "update" ? verb : verb === "delete from" ? "delete" : "insert";
  return { kind, table };
}

function readAlterTable(reader: Reader): Parsed {
  reader.take("if", "exists");
  reader.take("only");
  const table = reader.name();
  if (!table) return { kind: "other" };
  return { kind: "alter-table", table, actions: reader.parts().map(readAction) };
}

function readCreate(reader: Reader): Parsed {
  const unique = reader.take("unique");
  if (reader.take("index")) return readIndex(reader, unique);
  reader.takeAny("unlogged", "global", "local");
  if (reader.takeAny("temporary", "temp") || !reader.take("table")) return { kind: "other" };
  reader.take("if", "not", "exists");
  const table = reader.name();
  return table ? { kind: "create-table", table } : { kind: "other" };
}

function readIndex(reader: Reader, unique: boolean): Parsed {
  const concurrently = reader.take("concurrently");
  reader.take("if", "not", "exists");
  const name = reader.take("on") ? undefined : reader.name()?.text;
  if (name !== undefined) reader.take("on");
  reader.take("only");
  const table = reader.name();
  if (!table) return { kind: "other" };
  return { kind: "create-index", table, name, unique, concurrently, body: reader.text };
}

function namesOf(reader: Reader): SqlName[] {
  return reader.parts().flatMap((part) => {
    part.take("only");
    return part.name() ?? [];
  });
}

/** The names and key words of a statement; words in lower case, quoted names as they are. */
export function wordsOf(sql: string): ReadonlySet<string> {
  return new Set(
    Reader.over(sql).tokens.filter(({ kind }) => kind === "word" || kind === "quoted")
      .map(({ text }) => text),
  );
}
