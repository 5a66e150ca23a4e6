import type { HashedRow } from "../../postgres/checksums.ts";

/** Rows of one key, by all of their hashes: those that only one side has, or has more often. */
export interface DifferingRows {
  readonly before: readonly Repeated[];
  readonly after: readonly Repeated[];
}

/** Rows with the same hashes. */
export interface Repeated {
  readonly hashes: readonly string[];
  readonly times: number;
}

/** What rows of one key have lost, with nothing counted that may be just another of them. */
export interface HowTheyDiffer {
  readonly missing: number;
  readonly added: number;
  readonly changed: number;
  /** For each hash of a row, how many rows have another one. */
  readonly values: readonly number[];
}

/**
 * Merges two streams that are sorted by key, and yields what differs of each key. Rows of one key
 * stay together, since nothing tells which of them was which; memory grows with those that differ.
 */
export async function* differingRows(
  before: AsyncIterable<HashedRow>,
  after: AsyncIterable<HashedRow>,
): AsyncGenerator<DifferingRows> {
  for await (const [own, other] of sideBySide(byKey(before), byKey(after))) {
    const rows = { before: more(own, other), after: more(other, own) };
    if (rows.before.length + rows.after.length > 0) yield rows;
  }
}

/** Says how rows of one key differ, `hashes` being how many each of them has. */
export function howTheyDiffer({ before, after }: DifferingRows, hashes: number): HowTheyDiffer {
  const [own, other] = [timesOf(before), timesOf(after)];
  const missing = Math.max(0, own - other);
  const values = Array.from({ length: hashes }, (_, at) => {
    const others = more(perHash(before, at), perHash(after, at));
    return Math.max(0, timesOf(others) - missing);
  });
  return { missing, added: Math.max(0, other - own), changed: Math.min(own, other), values };
}

type Counted = ReadonlyMap<string, Repeated>;
type Key = HashedRow["key"];
interface KeyRows {
  readonly key: Key;
  readonly rows: Counted;
}

async function* byKey(rows: AsyncIterable<HashedRow>): AsyncGenerator<KeyRows> {
  let group: { key: Key; rows: Map<string, Repeated> } | undefined;
  for await (const { key, hashes } of rows) {
    if (group && order(group.key, key) !== 0) {
      yield group;
      group = undefined;
    }
    group ??= { key, rows: new Map() };
    add(group.rows, { hashes, times: 1 });
  }
  if (group) yield group;
}

function add(rows: Map<string, Repeated>, { hashes, times }: Repeated): void {
  const id = hashes.join();
  rows.set(id, { hashes, times: (rows.get(id)?.times ?? 0) + times });
}

function order(a: Key, b: Key): number {
  const at = a[0] === b[0] ? 1 : 0;
  return a[at] < b[at] ? -1 : a[at] > b[at] ? 1 : 0;
}

const NONE: Counted = new Map();

async function* sideBySide(
  before: AsyncGenerator<KeyRows>,
  after: AsyncGenerator<KeyRows>,
): AsyncGenerator<readonly [Counted, Counted]> {
  const next = async (rows: AsyncGenerator<KeyRows>) => (await rows.next()).value ?? undefined;
  let [left, right] = [await next(before), await next(after)];
  while (left || right) {
    const which = !right ? -1 : !left ? 1 : order(left.key, right.key);
    yield [which <= 0 ? left!.rows : NONE, which >= 0 ? right!.rows : NONE];
    if (which <= 0) left = await next(before);
    if (which >= 0) right = await next(after);
  }
}

/** What the first has more often than the second, with how much more often. */
function more(own: Counted, other: Counted): Repeated[] {
  return [...own].flatMap(([id, { hashes, times }]) => {
    const rest = times - (other.get(id)?.times ?? 0);
    return rest > 0 ? [{ hashes, times: rest }] : [];
  });
}

function perHash(rows: readonly Repeated[], at: number): Counted {
  const counted = new Map<string, Repeated>();
  for (const { hashes, times } of rows) add(counted, { hashes: [hashes[at]!], times });
  return counted;
}

function timesOf(rows: readonly Repeated[]): number {
  return rows.reduce((sum, { times }) => sum + times, 0);
}
