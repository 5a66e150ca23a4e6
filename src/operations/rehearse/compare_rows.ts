import {
  bucketChecksums,
  checksums,
  comparable,
  hashedRows,
  hashOf,
  SECOND_SEED,
  withoutTimesOf,
} from "../../postgres/checksums.ts";
import type { Queryable } from "../../postgres/connection.ts";
import { type ColumnShape, rowsOf, type TableShape } from "../../postgres/table_shapes.ts";

import { type DifferingRows, differingRows, howTheyDiffer } from "./differing_rows.ts";
import { qualified } from "./match_tables.ts";

/** A column on both sides. */
export type ColumnPair = readonly [ColumnShape, ColumnShape];

/** Seconds since 1970, both ends included. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/**
 * Times that a migration fills in are others each time it runs: a time of the one interval in the
 * first database counts as the same as one of the other in the second.
 */
export interface FilledIn {
  readonly before: Interval;
  readonly after: Interval;
  /** The columns that may hold such times, by the table's name; both as in the first database. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
}

/** How the rows of a table differ, by the columns that are on both sides. */
export interface RowDifferences {
  /** Rows that the first has and the second has not; of a table without a key, not like that. */
  readonly missing: number;
  /** The other way round. */
  readonly added: number;
  /** For each column, by the name it has in the first, how many rows have another value in it. */
  readonly columns: ReadonlyMap<string, number>;
  /** Rows with at least one such value. */
  readonly changed: number;
}

const NONE: RowDifferences = { missing: 0, added: 0, columns: new Map(), changed: 0 };

/** One table on one side, in SQL. */
interface Side {
  readonly sql: Queryable;
  readonly from: string;
  /** An expression for each pair of columns. */
  readonly values: readonly string[];
}

/** One table on both sides. */
interface Sides {
  readonly before: Side;
  readonly after: Side;
  readonly pairs: readonly ColumnPair[];
  /** Indexes of the pairs that tell rows apart; empty where none do. */
  readonly key: readonly number[];
}

/** Both databases, in a transaction each. */
export interface Databases {
  readonly before: Queryable;
  readonly after: Queryable;
}

/** Compares a table by checksums, then, where they differ, by the hashes of its rows. */
export async function compareRows(
  databases: Databases,
  [before, after]: readonly [TableShape, TableShape],
  pairs: readonly ColumnPair[],
  filled?: FilledIn,
): Promise<RowDifferences> {
  // What the server computes from other columns is no data.
  const compared = pairs.filter(([column]) => !column.generated);
  const key = before.key.map((number) => compared.findIndex(([own]) => own.number === number));
  const mayBeFilled = (column: ColumnShape) =>
    filled?.columns.get(qualified(before))?.has(column.name) && !before.key.includes(column.number);
  const values = (which: 0 | 1, interval: Interval | undefined) =>
    compared.map((pair) => {
      const value = comparable(pair[which], pair[1 - which]!);
      return interval && mayBeFilled(pair[0])
        ? withoutTimesOf(pair[which], value, interval)
        : value;
    });
  const sides: Sides = {
    before: side(databases.before, before, values(0, filled?.before)),
    after: side(databases.after, after, values(1, filled?.after)),
    pairs: compared,
    key: key.includes(-1) ? [] : key,
  };
  const whole = await onBoth(sides, (one) => checksums(one.sql, one.from, [hashOf(one.values)]));
  if (whole[0].rows === whole[1].rows && whole[0].sums[0] === whole[1].sums[0]) return NONE;
  const sameCount = whole[0].rows === whole[1].rows;
  return sides.key.length > 0 ? await byKey(sides, sameCount) : await withoutKey(sides, sameCount);
}

function side(sql: Queryable, table: TableShape, values: readonly string[]): Side {
  return { sql, from: rowsOf(table), values };
}

async function onBoth<T>(
  { before, after }: Pick<Sides, "before" | "after">,
  ask: (side: Side) => Promise<T>,
): Promise<readonly [T, T]> {
  return await Promise.all([ask(before), ask(after)]);
}

/** Expressions in SQL, of one of the sides. */
type Values = (side: Side) => readonly string[];

const ALL: Values = ({ values }) => values;

/** Row by row, since a key says which row is which. */
async function byKey(sides: Sides, sameCount: boolean): Promise<RowDifferences> {
  const columns = await suspects(sides, sameCount);
  const key: Values = ({ values }) => sides.key.map((at) => values[at]!);
  const hashes = ({ values }: Side) => columns.map((at) => hashOf([values[at]!]));
  const counts = columns.map(() => 0);
  let [missing, added, changed] = [0, 0, 0];
  for await (const rows of differing(sides, { identity: key, whole: ALL, hashes })) {
    const how = howTheyDiffer(rows, columns.length);
    missing += how.missing;
    added += how.added;
    changed += how.changed;
    how.values.forEach((others, at) => counts[at]! += others);
  }
  const named = columns.map((at, index) => [sides.pairs[at]![0].name, counts[index]!] as const);
  return { missing, added, columns: new Map(named.filter(([, rows]) => rows > 0)), changed };
}

/**
 * Columns, outside the key, that may differ: with as many rows on both sides those whose checksum
 * does. A row more or less changes that of every column.
 */
async function suspects(sides: Sides, sameCount: boolean): Promise<number[]> {
  const columns = [...sides.pairs.keys()].filter((at) => !sides.key.includes(at));
  if (!sameCount || columns.length === 0) return columns;
  const key = (values: readonly string[]) => sides.key.map((at) => values[at]!);
  const [before, after] = await onBoth(sides, ({ sql, from, values }) => {
    const hashes = columns.map((at) => hashOf([...key(values), values[at]!]));
    return checksums(sql, from, hashes);
  });
  return columns.filter((_, at) => before.sums[at] !== after.sums[at]);
}

/** As heaps of rows; with as many on both sides, what is gone is taken for changed. */
async function withoutKey(sides: Sides, sameCount: boolean): Promise<RowDifferences> {
  const rows = await heaps(sides, ALL);
  if (!sameCount) return { ...NONE, ...rows };
  const all = [...sides.pairs.keys()];
  const [before, after] = await onBoth(
    sides,
    ({ sql, from, values }) => checksums(sql, from, all.map((at) => hashOf([values[at]!]))),
  );
  const columns = new Map<string, number>();
  for (const at of all.filter((at) => before.sums[at] !== after.sums[at])) {
    const { missing } = await heaps(sides, ({ values }) => [values[at]!]);
    columns.set(sides.pairs[at]![0].name, missing);
  }
  return { missing: 0, added: 0, columns, changed: rows.missing };
}

async function heaps(
  sides: Sides,
  identity: Values,
): Promise<{ missing: number; added: number }> {
  let [missing, added] = [0, 0];
  for await (const rows of differing(sides, { identity, whole: identity, hashes: () => [] })) {
    const how = howTheyDiffer(rows, 0);
    missing += how.missing;
    added += how.added;
  }
  return { missing, added };
}

/** What rows are compared by. */
interface By {
  /** What tells them apart. */
  readonly identity: Values;
  /** All that is compared. */
  readonly whole: Values;
  /** The same by column, without the identity. */
  readonly hashes: Values;
}

/** The rows that differ, read from the parts of the table that do. */
async function* differing(
  sides: Sides,
  { identity, whole, hashes }: By,
): AsyncGenerator<DifferingRows> {
  const key = (side: Side) => hashOf(identity(side));
  const [before, after] = await onBoth(
    sides,
    (one) => bucketChecksums(one.sql, one.from, { key: key(one), hash: hashOf(whole(one)) }),
  );
  const buckets = [...new Set([...before.keys(), ...after.keys()])]
    .filter((bucket) => before.get(bucket) !== after.get(bucket));
  if (buckets.length === 0) return;
  const rows = (one: Side) => {
    const both = [key(one), hashOf(identity(one), SECOND_SEED)] as const;
    return hashedRows(one.sql, one.from, { key: both, hashes: hashes(one), buckets });
  };
  yield* differingRows(rows(sides.before), rows(sides.after));
}
