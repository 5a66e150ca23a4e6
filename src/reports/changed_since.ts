/** A table of the last backup that is not there any more. */
export interface GoneTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

/** A table that has lost most of the rows that it had in the last backup. */
export interface LostRows {
  readonly schema: string;
  readonly name: string;
  readonly then: number;
  readonly now: number;
  /** False where a part of the table was counted and the rest reckoned. */
  readonly exact: boolean;
}

/** How far a database is off from what oakum knew of it last; empty lists where it is not. */
export interface ChangedSince {
  /** The id of the backup that rows are compared with; null where there is none. */
  readonly backup: string | null;
  /** RFC 3339; null as its id is. */
  readonly takenAt: string | null;
  /** Whether the database is at the revisions of that backup. */
  readonly sameRevisions: boolean;
  /** Tables that no revision took away as far as that is known. */
  readonly gone: readonly GoneTable[];
  readonly lost: readonly LostRows[];
  /** How the schema differs from what it was at the same revisions, in sentences without an end. */
  readonly schema: readonly string[];
  /** What it was then: as a migration of oakum's left it, or as the backup has it. */
  readonly schemaOf: "migration" | "backup" | null;
  /** Whether so much is gone that the next backup will look like a collapse. */
  readonly collapsed: boolean;
}

const MOST = 3;

/** What is far off, in sentences without an end, the worst first; nothing where all is well. */
export function changedTexts({ gone, lost, schema, schemaOf }: ChangedSince): string[] {
  const tables = gone.map(({ schema, name, rows }) =>
    `the table ${schema}.${name} is gone, which had ${number(rows)}`
  );
  const rows = lost.map(({ schema, name, then, now, exact }) =>
    `${schema}.${name} has ${exact ? "" : "about "}${number(now)}; it had ${
      then.toLocaleString("en")
    }`
  );
  const left = schemaOf === "migration" ? "as a migration left it" : "as in the last backup";
  const other = schema.length === 0
    ? []
    : [`the schema is not ${left}: ${some(schema).join("; ")}`];
  return [...some(tables), ...some(rows), ...other];
}

function number(rows: number): string {
  return `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
}

function some(texts: readonly string[]): string[] {
  const more = texts.length - MOST;
  return more > 0 ? [...texts.slice(0, MOST), `and ${more} more`] : [...texts];
}
