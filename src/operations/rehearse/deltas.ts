import type { BuiltIndex, TableChange, TracedStatement } from "../../reports/rehearsal.ts";
import { foldPartitions } from "./partitions.ts";
import type { CopyPicture, CopyRelation, TableStatistics } from "./picture.ts";

/** What a move did, as two pictures tell. */
export interface Deltas {
  readonly tables: readonly TableChange[];
  readonly indexes: readonly BuiltIndex[];
  readonly walBytes: number;
  readonly grewBytes: number;
}

/** What is not in the pictures. */
export interface Known {
  /** `schema.name` of the version table, which every move changes. */
  readonly versionTable: string | null;
  readonly statements: readonly TracedStatement[];
}

/** Compares the pictures from before and after a move; tables that the move made are left out. */
export function deltasBetween(before: CopyPicture, after: CopyPicture, known: Known): Deltas {
  const indexes = builtIndexes(before, after, known.statements);
  return {
    tables: tableChanges(before, after, known),
    indexes: indexes.map(({ built }) => built),
    walBytes: walBytes(before, after, new Set(indexes.flatMap(loggedAnyway))),
    grewBytes: after.bytes - before.bytes,
  };
}

function tableChanges(
  before: CopyPicture,
  after: CopyPicture,
  { versionTable, statements }: Known,
): TableChange[] {
  const [relations, later] = [byOid(before.relations), byOid(after.relations)];
  const counted = byOid(after.tables);
  const changes = before.tables.flatMap((old) => {
    const relation = relations.get(old.oid);
    if (!relation || relation.name === versionTable) return [];
    const named = statements.some(({ sql }) =>
      /^\s*truncate\b/i.test(sql) && speaksOf(sql, relation)
    );
    const both = { relation, old, now: later.get(old.oid), counted: counted.get(old.oid) };
    return [{ relation, change: changeOf(both, named) }];
  });
  const isNamed = (relation: CopyRelation) => statements.some(({ sql }) => speaksOf(sql, relation));
  return foldPartitions(changes, isNamed).filter(isAny);
}

function isAny({ inserted, updated, deleted, scanned, rewritten, dropped }: TableChange): boolean {
  return [inserted, updated, deleted, scanned].some((n) => n > 0) || rewritten || dropped;
}

/** A table in both pictures. */
interface TwiceSeen {
  readonly relation: CopyRelation;
  readonly old: TableStatistics;
  readonly now: CopyRelation | undefined;
  readonly counted: TableStatistics | undefined;
}

function changeOf(both: TwiceSeen, truncated: boolean): TableChange {
  const { relation, old, now, counted } = both;
  const since = (name: "inserted" | "updated" | "deleted" | "scanned") =>
    Math.max(0, (counted?.[name] ?? 0) - old[name]);
  // Where nobody has counted its rows yet, it cannot be said how many are gone, but that it was written.
  const counts = old.rows > 0 || relation.bytes === 0;
  const emptied = hasNewFile(relation, now) && (truncated && counts || isEmptied(both));
  return {
    table: relation.name,
    rows: old.rows,
    bytes: old.bytes,
    inserted: since("inserted"),
    updated: since("updated"),
    // A TRUNCATE deletes no row by itself, and what the same transaction deleted is not counted.
    deleted: emptied ? Math.max(old.rows, since("deleted")) : since("deleted"),
    scanned: since("scanned"),
    rewritten: hasNewFile(relation, now) && !emptied,
    dropped: now === undefined,
  };
}

function hasNewFile(before: CopyRelation, after: CopyRelation | undefined): boolean {
  return after !== undefined && before.filenode !== after.filenode;
}

/**
 * Whether a table that has another file lost its rows on the way, such as by a TRUNCATE elsewhere
 * that cascades: then the live ones are counted from nothing.
 */
function isEmptied({ relation, old, now, counted }: TwiceSeen): boolean {
  if (!now || !counted || old.rows === 0) return false;
  // REFRESH is counted as a truncation and a filling, and writes the view anew.
  if (relation.kind === "m") return false;
  const kept = old.live + counted.inserted - old.inserted - (counted.deleted - old.deleted);
  return now.bytes === 0 || counted.live < kept;
}

interface NewIndex {
  readonly built: BuiltIndex;
  readonly filenode: number | null;
}

function builtIndexes(
  before: CopyPicture,
  after: CopyPicture,
  statements: readonly TracedStatement[],
): NewIndex[] {
  const [old, now] = [byOid(before.relations), byOid(after.relations)];
  const names = new Set(before.relations.map(({ name }) => name));
  return after.relations.flatMap((index) => {
    const table = old.get(index.table ?? 0);
    if (!["i", "I"].includes(index.kind) || old.has(index.oid) || !table) return [];
    if (table.kind === "t") return [];
    // Whoever writes a table anew builds its indexes anew, some under another id.
    if (names.has(index.name) && hasNewFile(table, now.get(table.oid))) return [];
    const { name, bytes, valid, filenode } = index;
    const concurrently = statements.some(({ sql }) => buildsConcurrently(sql, index, table));
    const built = { index: name, table: table.name, bytes, concurrently, valid: valid ?? true };
    return [{ built, filenode }];
  });
}

/** Whether a statement builds this index, or one of this table's whose name it does not say. */
function buildsConcurrently(sql: string, index: CopyRelation, table: CopyRelation): boolean {
  const builds = /^\s*(create|reindex)\b.*\bconcurrently\b/i.test(sql);
  return builds && [index, table].some((relation) => speaksOf(sql, relation));
}

/** Whether a relation's name is among the words of a statement. */
export function speaksOf(sql: string, { name }: Pick<CopyRelation, "name">): boolean {
  const words = sql.toLowerCase().split(/[^\p{L}\p{N}_$]+/u);
  return words.includes(name.slice(name.indexOf(".") + 1).toLowerCase());
}

/** Built in a transaction after the one that made it, an index is logged by every server. */
function loggedAnyway({ built, filenode }: NewIndex): number[] {
  return built.concurrently && filenode !== null ? [filenode] : [];
}

/**
 * With `wal_level = minimal`, as a sandbox has it, files that a transaction makes are not logged but
 * synced, except for small ones: a server in full would log them as they are.
 */
function walBytes(before: CopyPicture, after: CopyPicture, logged: ReadonlySet<number>): number {
  const least = after.walSkipsFrom;
  const files = new Set(before.relations.map(({ filenode }) => filenode));
  const skipped = least === null
    ? []
    : after.relations.filter(({ filenode, bytes }) =>
      filenode !== null && !files.has(filenode) && !logged.has(filenode) && bytes >= least
    );
  return after.wal - before.wal + skipped.reduce((sum, { bytes }) => sum + bytes, 0);
}

function byOid<T extends { readonly oid: number }>(list: readonly T[]): ReadonlyMap<number, T> {
  return new Map(list.map((one) => [one.oid, one]));
}
