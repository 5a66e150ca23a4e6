import type { TableRows } from "../../backups/manifest.ts";
import type { Sql } from "../../postgres/connection.ts";
import { countRows, type TableName } from "../../postgres/facts.ts";
import { readTableShapes } from "../../postgres/table_shapes.ts";
import { reading } from "./compare_tables.ts";
import { speaksOf } from "./deltas.ts";
import type { MeasuredMove } from "./measure.ts";
import { qualified } from "./match_tables.ts";

/** Object ids of the tables that a move made, or that it inserted into or deleted from. */
export function filledTables({ before, after }: Pick<MeasuredMove, "before" | "after">): string[] {
  const had = new Map(before.tables.map((table) => [table.oid, table]));
  return after.tables.filter((table) => {
    const old = had.get(table.oid);
    return !old || old.inserted !== table.inserted || old.deleted !== table.deleted;
  }).map(({ oid }) => String(oid));
}

/**
 * Names of tables that a revision fills on its way up and on its way down, and speaks of nowhere: a
 * trigger writes down there what is done elsewhere, and each time it is done again.
 */
export function logTables(up: MeasuredMove, down: MeasuredMove): string[] {
  const statements = [up, down].flatMap(({ measured }) => measured?.statements ?? []);
  const relations = new Map(up.before.relations.map((one) => [one.oid, one]));
  const filledByBoth = insertedInto(up).intersection(insertedInto(down));
  return [...filledByBoth].flatMap((oid) => {
    const relation = relations.get(oid);
    if (!relation) return [];
    const root = relations.get(relation.root ?? oid) ?? relation;
    const isNamed = statements.some(({ sql }) => speaksOf(sql, relation) || speaksOf(sql, root));
    return isNamed ? [] : [relation.name];
  });
}

function insertedInto({ before, after }: Pick<MeasuredMove, "before" | "after">): Set<number> {
  const had = new Map(before.tables.map(({ oid, inserted }) => [oid, inserted]));
  return new Set(
    after.tables.filter(({ oid, inserted }) => inserted > (had.get(oid) ?? 0)).map(({ oid }) =>
      oid
    ),
  );
}

/** Counts the rows of those tables but one, such as Alembic's own. */
export async function countFilled(
  sql: Sql,
  oids: readonly string[],
  besides: TableName | undefined,
  signal: AbortSignal,
): Promise<TableRows[]> {
  if (oids.length === 0) return [];
  return await reading(sql, signal, async (transaction) => {
    const tables = await readTableShapes(transaction, besides);
    return await countRows(
      transaction,
      tables.filter(({ oid, kind }) => kind === "r" && oids.includes(oid)),
    );
  });
}

/** Counts the rows of the same tables, by name, once more, and says in sentences what differs. */
export async function otherCounts(
  sql: Sql,
  first: readonly TableRows[],
  signal: AbortSignal,
): Promise<string[]> {
  if (first.length === 0) return [];
  return await reading(sql, signal, async (transaction) => {
    const names = new Set((await readTableShapes(transaction, undefined)).map(qualified));
    const counted = await countRows(transaction, first.filter((one) => names.has(qualified(one))));
    const now = new Map(counted.map((one) => [qualified(one), one.rows]));
    return first.flatMap((one) => {
      const rows = now.get(qualified(one));
      // A table that is gone is told by the schema.
      if (rows === undefined || rows === one.rows) return [];
      const [is, was] = [rows, one.rows].map((n) => n.toLocaleString("en"));
      return [`table ${qualified(one)} has ${is} rows instead of ${was}`];
    });
  });
}
