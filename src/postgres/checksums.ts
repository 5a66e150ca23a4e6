import type { Queryable } from "./connection.ts";
import { quoteIdentifier } from "./identifier.ts";
import type { ColumnShape } from "./table_shapes.ts";

const NUMBERS = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
const FLOATS = ["real", "double precision"];
const TIMES = ["timestamp without time zone", "timestamp with time zone"];
const INSTANTS = ["date", ...TIMES];
const DOCUMENTS = ["json", "jsonb"];

/**
 * The server's own hash of a value of 8 bytes has only 32 bits in it, so that numbers and times which
 * are not the same have the same one: their bytes are hashed instead.
 */
const SENT_BY: Readonly<Record<string, string>> = {
  "bigint": "int8send",
  "time without time zone": "time_send",
  "time with time zone": "timetz_send",
  "timestamp without time zone": "timestamp_send",
  "timestamp with time zone": "timestamptz_send",
};

/**
 * SQL for a column's value such that it is comparable with the same column elsewhere, which may
 * have another type there: equal where nothing is lost on the way from one to the other.
 */
export function comparable(column: ColumnShape, other: ColumnShape): string {
  const name = quoteIdentifier(column.name);
  if (column.type === other.type && column.hashed) {
    return hashable(column.type, column.loose || other.loose ? `${name} collate "C"` : name);
  }
  const among = (types: readonly string[]) =>
    column.type !== other.type && types.includes(column.type) && types.includes(other.type);
  if (among(FLOATS)) return `${name}::float8`;
  // By way of text, since a float would be cut to 15 digits.
  if (among(NUMBERS)) return hashable("numeric", `${name}::text::numeric`);
  if (among(INSTANTS)) return hashable("timestamp with time zone", `${name}::timestamptz`);
  if (among(DOCUMENTS)) return document(name);
  return `${name}::text collate "C"`;
}

/** SQL for a value of a type with a hash, such that what is not equal has another hash. */
function hashable(type: string, value: string): string {
  const send = SENT_BY[type];
  if (send) return `${send}(${value})`;
  // NaN and both infinities have one hash.
  if (type === "numeric") return `numeric_send(trim_scale(${value}))`;
  // The hash of a document lets elements that are 32 apart cancel each other out.
  if (type === "jsonb" || type === "jsonb[]") return `${value}::text collate "C"`;
  if (!type.endsWith("[]")) return value;
  // Of texts nothing is sent: what a database without an encoding has in them is no UTF-8.
  if (SENT_BY[type.slice(0, -2)]) return `array_send(${value})`;
  // The hash of an array does not tell {1,2} from {{1,2}}.
  const shape = `coalesce(array_dims(${value}), '')`;
  return `(hash_array_extended(${value}, ${SEED})::text || ${shape}) collate "C"`;
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

/** Not 0: that is the hash of NULL, and would be that of the float 0, too. */
const SEED = 1;
/** For a second hash that has nothing to do with the first. */
export const SECOND_SEED = 2;

/**
 * SQL for a number of 64 bits that stands for these values together; with another seed, for another
 * such number. The hash of the row is a weighted sum of those of its values: two rows could swap some
 * of them, and the sum over both would stay. So its bytes are hashed once more, all eight of them.
 */
export function hashOf(expressions: readonly string[], seed = SEED): string {
  const whole = `hash_record_extended(row(${expressions.join(", ")}), ${seed})`;
  return `hash_record_extended(row(int8send(${whole})), ${seed})`;
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
  /** Two hashes of what tells the row apart: together, 128 bits. */
  readonly key: readonly [bigint, bigint];
  readonly hashes: readonly string[];
}

const ROWS_A_BATCH = 5000;

/** Rows of some buckets as hashes, sorted by the key's; a batch at a time, so memory stays small. */
export async function* hashedRows(
  transaction: Queryable,
  from: string,
  { key: [key, second], hashes, buckets }: {
    /** Buckets are parts of the first. */
    readonly key: readonly [string, string];
    readonly hashes: readonly string[];
    readonly buckets: readonly number[];
  },
): AsyncGenerator<HashedRow> {
  const columns = hashes.map((hash, at) => `, ${hash} as h${at}`).join("");
  const texts = hashes.map((_, at) => `, h${at}::text`).join("");
  const query = transaction.unsafe<Record<string, string>[]>(
    `select key::text as id, second::text as more${texts}
     from (select ${key} as key, ${second} as second${columns} from ${from}) as hashed
     where key & ${BUCKETS - 1} = any(array[${buckets.join(", ")}]::int[])
     order by hashed.key, hashed.second`,
  );
  for await (const batch of query.cursor(ROWS_A_BATCH)) {
    for (const row of batch) {
      const { id = "0", more = "0", ...rest } = row;
      yield { key: [BigInt(id), BigInt(more)], hashes: Object.values(rest) };
    }
  }
}
