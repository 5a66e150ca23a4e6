import type { TableChange } from "../../../reports/rehearsal.ts";
import { rows } from "./numbers.ts";
import { isOn, type Scene, type Sent, tableOf } from "./scene.ts";
import type { Action } from "./sql/alter_table.ts";
import { means, partsOf } from "./sql/names.ts";
import { size } from "../../../core/sizes.ts";

/** What a statement does to rows, as far as it takes time. */
export interface Work {
  readonly by: Sent;
  readonly rows: number;
  /** Such as `100,000 rows of public.bids were read`. */
  readonly text: string;
  /** Undefined where it is not one existing table that it works on. */
  readonly table: TableChange | undefined;
  /** The action of an ALTER TABLE that made it work. */
  readonly action: Action | undefined;
}

/** What a statement was measured to do to rows; nothing where it only changed the catalog. */
export function workOf(scene: Scene, by: Sent): Work | undefined {
  const { parsed } = by;
  const work = (
    rows: number,
    text: string,
    table?: TableChange,
    action?: Action,
  ): Work | undefined => rows > 0 ? { by, rows, text, table, action } : undefined;
  switch (parsed.kind) {
    case "alter-table": {
      const table = tableOf(scene, parsed.table);
      const action = table && parsed.actions.find((one) => worksOnRows(scene, by, table, one));
      return table && action && work(table.rows, alterText(table), table, action);
    }
    case "create-index": {
      const table = tableOf(scene, parsed.table);
      if (!table) return undefined;
      return work(table.rows, `an index was built over its ${rows(table.rows)}`, table);
    }
    case "update":
      return work(by.rows, `${rows(by.rows)} of ${parsed.table.text} were updated`);
    case "delete":
      return work(by.rows, `${rows(by.rows)} of ${parsed.table.text} were deleted`);
    case "insert":
      return work(by.rows, `${rows(by.rows)} were written into ${parsed.table.text}`);
    default: {
      const read = parsed.kind === "other" || parsed.kind === "query"
        ? scanned(scene, by)
        : undefined;
      return read && work(read.rows, scannedText(read), read);
    }
  }
}

function alterText(table: TableChange): string {
  return table.rewritten
    ? `its ${rows(table.rows)} were written anew (${size(table.bytes)})`
    : `its ${rows(table.rows)} were read`;
}

function scannedText(table: TableChange): string {
  return `the ${rows(table.rows)} of ${table.table} were ${
    table.rewritten ? "written anew" : "read"
  }`;
}

/** Whether an action reads or writes every row: the server's counters have to agree. */
function worksOnRows(scene: Scene, by: Sent, table: TableChange, action: Action): boolean {
  const reads = table.scanned >= table.rows && table.rows > 0;
  switch (action.kind) {
    case "set-type":
      return table.rewritten || reads;
    case "add-column":
      return table.rewritten ? action.default !== undefined : action.checked && reads;
    case "set-not-null":
      return reads && !provedNotNull(scene, by, table, action.column);
    case "add-check":
    case "add-foreign-key":
      return action.validated && reads;
    case "add-unique":
    case "add-primary-key":
      return !action.usingIndex;
    case "attach":
      return reads;
    case "other":
      return table.rewritten && !by.sql.toLowerCase().includes(" drop ");
    default:
      return false;
  }
}

/** A valid CHECK that no value is null spares the scan. */
function provedNotNull(scene: Scene, by: Sent, { table }: TableChange, column: string): boolean {
  const validated = scene.statements.slice(0, by.index).some(({ parsed }) =>
    parsed.kind === "alter-table" && means(parsed.table, table) &&
    parsed.actions.some(({ kind }) => kind === "validate")
  );
  return validated ||
    scene.context.before.some(([kind, ident, definition]) =>
      kind === "constraint" && isOn(ident, table) &&
      !definition.includes("NOT VALID") &&
      definition.replaceAll('"', "").includes(`(${column} IS NOT NULL)`)
    );
}

/** The largest table that was read or rewritten, and that no statement before this one speaks of. */
function scanned({ step, statements }: Scene, by: Sent): TableChange | undefined {
  return step.tables
    .filter(({ table, rows, scanned, rewritten }) => {
      const [, name] = partsOf(table);
      return rows > 0 && (scanned >= rows || rewritten) && by.words.has(name) &&
        !statements.slice(0, by.index).some(({ words }) => words.has(name));
    })
    .toSorted((a, b) => b.rows - a.rows)[0];
}
