import type { ColumnShape, TableShape } from "../../postgres/table_shapes.ts";

/** Which table of one database is which of another, and which column which. */
export interface Matching {
  /** Undefined where the table is gone. */
  table(before: TableShape): TableShape | undefined;
  /** Pairs of columns that are in both, in the order of the first. */
  columns(before: TableShape, after: TableShape): (readonly [ColumnShape, ColumnShape])[];
}

/**
 * Matches by object ids and column numbers where both databases come from one template, since a
 * renamed table is not gone; and by name what was made anew, or all where they do not.
 */
export function matchTables(
  before: readonly TableShape[],
  after: readonly TableShape[],
  kin: boolean,
): Matching {
  const matched = matched1to1(before, after, [
    ...(kin ? [(table: TableShape) => table.oid] : []),
    qualified,
  ]);
  return {
    table: (table) => matched.get(table),
    columns: (one, other) => {
      const sameTable = kin && one.oid === other.oid;
      const pairs = matched1to1(one.columns, other.columns, [
        ...(sameTable ? [(column: ColumnShape) => String(column.number)] : []),
        ({ name }) => name,
      ]);
      return [...pairs];
    },
  };
}

/** The name under which `DataLoss` and its like speak of a table. */
export function qualified({ schema, name }: Pick<TableShape, "schema" | "name">): string {
  return `${schema}.${name}`;
}

/** Matches by the first way of telling, what is left then by the next; in the order of the first. */
export function matched1to1<T>(
  before: readonly T[],
  after: readonly T[],
  ways: readonly ((one: T) => string | undefined)[],
): Map<T, T> {
  const pairs = new Map<T, T>();
  const taken = new Set<T>();
  for (const way of ways) {
    const free = new Map(after.filter((one) => !taken.has(one)).map((one) => [way(one), one]));
    for (const one of before) {
      const key = way(one);
      const other = pairs.has(one) || key === undefined ? undefined : free.get(key);
      if (other === undefined) continue;
      pairs.set(one, other);
      taken.add(other);
    }
  }
  const matched = before.filter((one) => pairs.has(one));
  return new Map(matched.map((one) => [one, pairs.get(one)!]));
}
