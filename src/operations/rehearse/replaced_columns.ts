import type { Queryable } from "../../postgres/connection.ts";
import { quoteIdentifier, quoteQualified } from "../../postgres/identifier.ts";
import type { DataLoss, MeasuredStep } from "../../reports/rehearsal.ts";
import type { CopyPicture } from "./picture.ts";

/** A column that is no longer the same one, whatever stands in its place. */
export interface GoneColumn {
  readonly oid: number;
  /** `schema.name` */
  readonly table: string;
  readonly column: string;
}

/**
 * Columns that did not stay in tables that did: also where another one has the name and the type, of
 * which no definition tells.
 */
export function goneColumns(before: CopyPicture, after: CopyPicture): GoneColumn[] {
  const now = new Map(
    after.relations.map(({ oid, columns }) => [oid, new Set(Object.values(columns ?? {}))]),
  );
  return before.relations.flatMap(({ oid, name, columns }) =>
    Object.entries(columns ?? {}).filter(([, number]) => now.get(oid)?.has(number) === false)
      .map(([column]) => ({ oid, table: name, column }))
  );
}

/**
 * Losses of values in a column that another one took the place of, and of which that has nothing: they
 * are the loss of a column. One that was filled from the old one, which takes an update of its rows,
 * only has other values.
 */
export async function asColumnLosses(
  sql: Queryable,
  losses: readonly DataLoss[],
  gone: readonly GoneColumn[],
  measured: MeasuredStep | null,
): Promise<DataLoss[]> {
  const still = (table: string) =>
    !measured?.tables.some((one) => one.table === table && one.updated > 0);
  const told: DataLoss[] = [];
  for (const loss of losses) {
    const { what, table, column } = loss;
    const replaced = gone.find((one) => one.table === table && one.column === column);
    const isGone = what === "values" && replaced &&
      (still(table) || await isConstant(sql, replaced));
    told.push(isGone ? { ...loss, what: "column" } : loss);
  }
  return told;
}

async function isConstant(sql: Queryable, { oid, column }: GoneColumn): Promise<boolean> {
  const [named] = await sql<{ schema: string; name: string }[]>`
    select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = ${oid}`;
  if (!named) return false;
  const [value, table] = [quoteIdentifier(column), quoteQualified(named.schema, named.name)];
  const [row] = await sql.unsafe<{ same: boolean }[]>(
    `select not exists (select from ${table}
      where ${value}::text is distinct from (select ${value}::text from ${table} limit 1)) as same`,
  );
  return row?.same ?? false;
}
