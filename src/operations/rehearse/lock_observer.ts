import type { Sql } from "../../postgres/connection.ts";
import type { Sighting } from "./lock_book.ts";

const LOOK_EVERY_MS = 40;

interface Seen {
  readonly oid: number;
  readonly mode: string;
}

interface Stretch extends Seen {
  /** The last look before it was seen, and the first and the last one that saw it. */
  readonly after: number;
  readonly first: number;
  last: number;
  /** The first look that did not see it any more. */
  gone: number | undefined;
}

/**
 * Sees from another session which locks the app's backends have: those of statements that are their
 * own transaction are gone before anybody inside could ask. What is shorter than a look is missed.
 */
export class LockObserver implements AsyncDisposable {
  readonly #stretches: Stretch[] = [];
  #pids: readonly number[] = [];
  #lastLook = performance.now();
  #watching: Promise<void> | undefined;
  #ended = false;

  /** The connections of now: a revision may end those that were there. */
  constructor(private readonly sql: () => Sql) {}

  /** The backends that the move works in. */
  watch(pids: readonly number[]): void {
    this.#pids = pids;
  }

  /** Begins to look, for as long as it is not ended; more than once is the same as once. */
  start(): void {
    if (this.#watching) return;
    this.#lastLook = performance.now();
    this.#watching = this.#work();
  }

  /** Looks no more, and tells what it has seen. */
  async end(): Promise<readonly Sighting[]> {
    this.#ended = true;
    await this.#watching;
    const now = performance.now();
    return this.#stretches.map(({ oid, mode, after, first, last, gone = now }) => ({
      ...{ oid, mode, atLeastMs: last - first, atMostMs: gone - after },
    }));
  }

  async #work(): Promise<void> {
    while (!this.#ended) {
      // A server that has gone away is found out by whoever asks it next.
      if (this.#pids.length > 0) await this.#look().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #look(): Promise<void> {
    // Without a join: what a transaction has made is in nobody else's pg_class before its commit.
    const seen = await this.sql()<Seen[]>`
      select distinct relation::int8::float8 as oid, mode from pg_locks
      where pid = any(${this.#pids as number[]}::int[]) and locktype = 'relation' and granted
        and database = (select oid from pg_database where datname = current_database())
        and mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')`;
    const now = performance.now();
    for (const stretch of this.#stretches) {
      if (stretch.gone !== undefined) continue;
      if (seen.some((one) => isSame(one, stretch))) stretch.last = now;
      else stretch.gone = now;
    }
    for (const one of seen) {
      const known = this.#stretches.some((each) => each.gone === undefined && isSame(one, each));
      const [first, after] = [now, this.#lastLook];
      if (!known) this.#stretches.push({ ...one, after, first, last: first, gone: undefined });
    }
    this.#lastLook = now;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

function isSame(one: Seen, other: Seen): boolean {
  return one.oid === other.oid && one.mode === other.mode;
}
