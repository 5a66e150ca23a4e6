import type { FingerprintRow } from "../../../backups/manifest.ts";
import type { Revision } from "../../../migrators/alembic/revisions.ts";
import type {
  MeasuredStep,
  RehearsedRevision,
  TableChange,
  TracedStatement,
} from "../../../reports/rehearsal.ts";
import { means, partsOf, type SqlName } from "./sql/names.ts";
import { type Parsed, parseStatement, wordsOf } from "./sql/statement.ts";
import type { RuleSettings } from "./settings.ts";
import type { RuleId } from "./table.ts";

/** What the rules need beside what was measured. */
export interface RuleContext {
  /** The revision as its file has it. */
  readonly revision: Revision;
  readonly settings: RuleSettings;
  /** Rules that the command line accepts by name. */
  readonly allowed: ReadonlySet<string>;
  /** The rows of the schema's fingerprint before the upgrade and after it. */
  readonly before: readonly FingerprintRow[];
  readonly after: readonly FingerprintRow[];
  /** About how many rows each table had before it, by `schema.name`. */
  readonly rows: ReadonlyMap<string, number>;
}

/** A statement with what the rules make of it. */
export interface Sent extends TracedStatement {
  readonly index: number;
  readonly parsed: Parsed;
  /** Every name and key word in it. */
  readonly words: ReadonlySet<string>;
}

/** An upgrade as the rules look at it. */
export interface Scene {
  readonly revision: RehearsedRevision;
  readonly context: RuleContext;
  readonly step: MeasuredStep;
  readonly statements: readonly Sent[];
  /** The tables that the step touched, by their bare names. */
  readonly touched: ReadonlyMap<string, readonly TableChange[]>;
  /** All tables that were there before it, as `schema.name`, by their bare names. */
  readonly known: ReadonlyMap<string, readonly string[]>;
}

/** What a rule found, before its level is known. */
export interface Draft {
  readonly rule: RuleId;
  /** What is held against the rule's threshold. */
  readonly value?: number;
  readonly text: string;
  readonly fix?: string | undefined;
  /** The statement that caused it. */
  readonly at?: Pick<TracedStatement, "file" | "line"> | null | undefined;
  /** Of several drafts about one cause only the dearest is told, the first among equals. */
  readonly cause?: string;
}

const NOTHING: MeasuredStep = {
  tookMs: 0,
  statements: [],
  locks: [],
  tables: [],
  indexes: [],
  walBytes: 0,
  grewBytes: 0,
  committedInside: false,
};

/** The upgrade of a revision; without statements where it could not be measured. */
export function sceneOf(revision: RehearsedRevision, context: RuleContext): Scene {
  const step = revision.upgrade ?? NOTHING;
  const statements = step.statements.map((statement, index) => (
    { ...statement, index, parsed: parseStatement(statement.sql), words: wordsOf(statement.sql) }
  ));
  const touched = Map.groupBy(step.tables, ({ table }) => partsOf(table)[1]);
  return { revision, context, step, statements, touched, known: knownTables(step, context) };
}

function knownTables({ tables, locks }: MeasuredStep, { before }: RuleContext) {
  const names = [
    ...tables.map(({ table }) => table),
    ...locks.flatMap(({ relation, kind }) => kind === "table" ? [relation] : []),
    ...before.flatMap(([kind, ident]) => kind === "table" ? [ident] : []),
  ];
  return Map.groupBy(names, (name) => partsOf(name)[1]);
}

/** The table that a name in SQL means, where it was there before and the step touched it. */
export function tableOf({ touched }: Scene, name: SqlName): TableChange | undefined {
  return touched.get(name.name)?.find(({ table }) => means(name, table));
}

/** Whether a name in SQL means a table that was there before the step. */
export function wasThere({ known }: Scene, name: SqlName): boolean {
  return known.get(name.name)?.some((relation) => means(name, relation)) ?? false;
}

/** Whether a table is partitioned; as the schema's description has it, which begins with the kind. */
export function isPartitioned({ context: { before } }: Scene, name: SqlName): boolean {
  return before.some(([kind, ident, def]) =>
    kind === "table" && def.startsWith("p ") && means(name, ident)
  );
}

/** Whether TRUNCATE emptied a table: it gets a new file too, and nothing is written into it. */
export function isEmptied({ statements }: Scene, relation: string): boolean {
  return statements.some(({ parsed }) =>
    parsed.kind === "truncate" && parsed.tables.some((table) => means(table, relation))
  );
}

/** Whether the identity of a constraint or index, `name on schema.table`, is one of a table's. */
export function isOn(ident: string, relation: string): boolean {
  const [schema, name] = partsOf(/ on (.+)$/s.exec(ident)?.[1] ?? "");
  return means({ schema, name, text: ident }, relation);
}

/** The name of the only column of a table's primary key. */
export function keyOf({ context }: Scene, table: SqlName): string | undefined {
  for (const [kind, ident, definition] of context.before) {
    const [, relation = ""] = / on (.+)$/s.exec(ident) ?? [];
    if (kind !== "constraint" || !means(table, relation)) continue;
    const [, column] = /^p PRIMARY KEY \(([^,)]+)\)/.exec(definition) ?? [];
    if (column !== undefined) return column;
  }
  return undefined;
}
