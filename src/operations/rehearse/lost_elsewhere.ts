import type { Queryable, Sql } from "../../postgres/connection.ts";
import { countLargeObjects } from "../../postgres/facts.ts";
import { quoteQualified } from "../../postgres/identifier.ts";
import { nextValue, readSequencePlaces, type SequencePlace } from "../../postgres/sequences.ts";
import type { DataLoss } from "../../reports/rehearsal.ts";
import { reading } from "./compare_tables.ts";
import { matched1to1, qualified } from "./match_tables.ts";

/** What a database holds beside its tables, as far as it is compared. */
export interface Elsewhere {
  readonly sequences: readonly SequencePlace[];
  readonly largeObjects: number;
}

/** What two databases are compared by, and what is known to be lost in their tables. */
export interface KnownLosses {
  readonly kin: boolean;
  readonly inTables: readonly DataLoss[];
  readonly signal: AbortSignal;
}

/** Reads what a quiet database holds beside its tables. */
export async function readElsewhere(sql: Sql, signal: AbortSignal): Promise<Elsewhere> {
  return await reading(sql, signal, readBeside);
}

async function readBeside(transaction: Queryable): Promise<Elsewhere> {
  return {
    sequences: await readSequencePlaces(transaction),
    largeObjects: await countLargeObjects(transaction),
  };
}

/** What a database lacks of what one held beside its tables. */
export async function lostElsewhere(
  before: Elsewhere,
  after: Sql,
  known: KnownLosses,
): Promise<DataLoss[]> {
  return await reading(after, known.signal, async (transaction) => {
    const now = await readBeside(transaction);
    const pairs = matchSequences(before.sequences, now.sequences, known.kin);
    return [
      ...await setBack(pairs, transaction, known),
      ...before.sequences.filter((one) => !pairs.has(one)).flatMap(dropped),
      ...unlinked(before.largeObjects - now.largeObjects),
    ];
  });
}

/** Sequences that would hand out again what they have handed out already. */
async function setBack(
  pairs: ReadonlyMap<SequencePlace, SequencePlace>,
  after: Queryable,
  { inTables }: KnownLosses,
): Promise<DataLoss[]> {
  const losses: DataLoss[] = [];
  for (const [was, is] of pairs) {
    const rows = await stepsBack(after, was, is);
    if (rows === 0 || await startsOver(after, [was, is], inTables)) continue;
    losses.push({ what: "sequence", table: qualified(was), column: null, rows });
  }
  return losses;
}

/** What belongs to a column goes with it, and what a column takes its values from is not needed then. */
function dropped(sequence: SequencePlace): DataLoss[] {
  if (sequence.owned || sequence.feeds || sequence.last === null) return [];
  return [{ what: "sequence-gone", table: qualified(sequence), column: null, rows: 1 }];
}

/** By the column that they count for, since a serial and an identity have sequences of their own. */
function matchSequences(
  before: readonly SequencePlace[],
  after: readonly SequencePlace[],
  kin: boolean,
): Map<SequencePlace, SequencePlace> {
  const column = ({ feeds }: SequencePlace) =>
    feeds ? [feeds.schema, feeds.table, feeds.name].join("\0") : undefined;
  return matched1to1(before, after, [
    ...(kin ? [({ feeds }: SequencePlace) => feeds?.id, ({ oid }: SequencePlace) => oid] : []),
    column,
    qualified,
  ]);
}

async function stepsBack(
  after: Queryable,
  was: SequencePlace,
  is: SequencePlace,
): Promise<number> {
  if (was.last === null) return 0;
  const next = await nextValue(after, is);
  const steps = (was.last - next) / is.increment + 1n;
  return Math.max(0, Number(steps));
}

/** Where all rows that it counted are gone, which is told, it may count from its start. */
async function startsOver(
  after: Queryable,
  [was, is]: readonly [SequencePlace, SequencePlace],
  inTables: readonly DataLoss[],
): Promise<boolean> {
  if (!was.feeds || !is.feeds) return false;
  const table = qualified({ schema: was.feeds.schema, name: was.feeds.table });
  if (!inTables.some((loss) => loss.table === table)) return false;
  const [row] = await after.unsafe<{ filled: boolean }[]>(
    `select exists (select from ${quoteQualified(is.feeds.schema, is.feeds.table)}) as filled`,
  );
  return row?.filled === false;
}

function unlinked(rows: number): DataLoss[] {
  return rows > 0 ? [{ what: "large-objects", table: "pg_largeobject", column: null, rows }] : [];
}
