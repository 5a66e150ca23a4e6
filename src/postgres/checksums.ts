import type { Queryable } from "./connection.ts";
import { quoteIdentifier } from "./identifier.ts";
import type { ColumnShape } from "./table_shapes.ts";

const NUMBERS = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
const FLOATS = ["real", "double precision"];
const TIMES = ["timestamp without time zone", "timestamp with time zone"];
const INSTANTS = ["date", ...TIMES];
const DOCUMENTS = ["json", "jsonb"];

/**
 * SQL for a column's value such that it is comparable with the same column elsewhere, which may
 * have another type there: equal where nothing is lost on the way from one to the other.
 */
export function comparable(column: ColumnShape, other: ColumnShape): string {
  const name = quoteIdentifier(column.name);
  if (column.type === other.type && column.hashed) {
    return column.loose || other.loose ? `${name} collate "C"` : name;
  }
  const among = (types: readonly string[]) =>
    column.type !== other.type && types.includes(column.type) && types.includes(other.type);
  if (among(FLOATS)) return `${name}::float8`;
  // By way of text, since a float would be cut to 15 digits.
  if (among(NUMBERS)) return `${name}::text::numeric`;
  if (among(INSTANTS)) return `${name}::timestamptz`;
  if (among(DOCUMENTS)) return document(name);
  return `${name}::text collate "C"`;
}

/** SQL for the same value, such that times of one interval, in seconds since 1970, are all alike. */
export function withoutTimesOf(
  column: ColumnShape,
  value: string,
  { from, to }: { readonly from: number; readonly to: number },
): string {
  if (!TIMES.includes(column.type)) return value;
  const time = `${quoteIdentifier(column.name)}::timestamptz`;
  const inside = `${time} between to_timestamp(${from}) and to_timestamp(${to})`;
  return `case when ${inside} then '-infinity' else ${value} end`;
}

/** A json value in the words of jsonb, which knows no NUL character. */
function document(name: string): string {
  const text = `${name}::text collate "C"`;
  return `case when ${name}::text like '%\\\\u0000%' then ${text} ` +
    `else ${name}::jsonb::text collate "C" end`;
}

/**
 * SQL for a number of 64 bits that stands for these values together. Hashed once more, since the
 * hash of a row is a weighted sum of those of its values: two rows could swap some of them, and the
 * sum over both would stay.
 */
export function hashOf(expressions: readonly string[]): string {
  return `hashint8extended(hash_record_extended(row(${expressions.join(", ")}), 0), 0)`;
}

/** How many rows there are, and for each hash the sum of it over all of them. */
export interface Checksums {
  readonly rows: number;
  readonly sums: readonly string[];
}

/**
 * Adds hashes up over all rows, in one query and in no order: a sum, since with XOR two equal rows
 * would cancel each other out.
 */
export async function checksums(
  transaction: Queryable,
  from: string,
  hashes: readonly string[],
): Promise<Checksums> {
  const sums = hashes.map((hash, at) => `, coalesce(sum(${hash}), 0)::text as sum${at}`);
  const [row] = await transaction.unsafe<Record<string, string>[]>(
    `select count(*)::text as rows${sums.join("")} from ${from}`,
  );
  return { rows: Number(row?.rows ?? 0), sums: hashes.map((_, at) => row?.[`sum${at}`] ?? "0") };
}

/** For each of these columns, by name, how many rows have a value in it. */
export async function countValues(
  transaction: Queryable,
  from: string,
  columns: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (columns.length === 0) return new Map();
  const counts = columns.map((name, at) => `count(${quoteIdentifier(name)})::text as count${at}`);
  const [row] = await transaction.unsafe<Record<string, string>[]>(
    `select ${counts.join(", ")} from ${from}`,
  );
  return new Map(columns.map((name, at) => [name, Number(row?.[`count${at}`] ?? 0)]));
}

const BUCKETS = 256;

/** The same in parts, by a hash that tells where a row belongs: a text for each part with rows. */
export async function bucketChecksums(
  transaction: Queryable,
  from: string,
  { key, hash }: { readonly key: string; readonly hash: string },
): Promise<ReadonlyMap<number, string>> {
  const rows = await transaction.unsafe<{ bucket: number; sum: string }[]>(
    `select (${key} & ${BUCKETS - 1})::int as bucket, count(*) || ' ' || sum(${hash}) as sum
     from ${from} group by 1`,
  );
  return new Map(rows.map(({ bucket, sum }) => [bucket, sum]));
}

/** A row as two databases are compared by it: sorted by `key`. */
export interface HashedRow {
  readonly key: bigint;
  readonly hashes: readonly string[];
}

const ROWS_A_BATCH = 5000;

/** Rows of some buckets as hashes, sorted by the key's; a batch at a time, so memory stays small. */
export async function* hashedRows(
  transaction: Queryable,
  from: string,
  { key, hashes, buckets }: {
    readonly key: string;
    readonly hashes: readonly string[];
    readonly buckets: readonly number[];
  },
): AsyncGenerator<HashedRow> {
  const columns = hashes.map((hash, at) => `, ${hash} as h${at}`).join("");
  const texts = hashes.map((_, at) => `, h${at}::text`).join("");
  const query = transaction.unsafe<Record<string, string>[]>(
    `select key::text as id${texts} from (select ${key} as key${columns} from ${from}) as hashed
     where key & ${BUCKETS - 1} = any(array[${buckets.join(", ")}]::int[]) order by hashed.key`,
  );
  for await (const batch of query.cursor(ROWS_A_BATCH)) {
    for (const row of batch) {
      const { id = "0", ...rest } = row;
      yield { key: BigInt(id), hashes: Object.values(rest) };
    }
  }
}
