import { OakumError } from "../core/errors.ts";
import type { ReservedSql, Sql } from "./connection.ts";
import { listLockable, listTables, type TableName } from "./facts.ts";
import { rollBack } from "./held.ts";
import { isPassing, lockFailure, lockTables, requireAllRows } from "./table_locks.ts";

const ATTEMPTS = 5;
const KEEP_ALIVE_MS = 20_000;
/** A lost exporter must not hold back vacuum for longer than this. */
const IDLE_LIMIT = "10min";

/** One instant of a database, held open: pg_dump and our own queries see the same rows. */
export class Snapshot implements AsyncDisposable {
  #keepAlive: ReturnType<typeof setInterval>;
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly holder: ReservedSql,
    /** As `pg_dump --snapshot` and `SET TRANSACTION SNAPSHOT` take it. */
    readonly id: string,
    readonly takenAt: Date,
    /** The database's own, such as `UTF8`; a user's sessions may be set to another one. */
    readonly encoding: string,
    /** The tables that a dump holds rows of; locked, as all others are. */
    readonly tables: readonly TableName[],
  ) {
    this.#keepAlive = setInterval(() => {
      this.#busy = this.holder`select 1`.catch(() => {});
    }, KEEP_ALIVE_MS);
  }

  /**
   * Locks every table before the transaction's first query, then exports its snapshot: a TRUNCATE
   * between snapshot and dump would otherwise give an empty table and a manifest that agrees. When
   * the list of tables changed meanwhile, it starts again.
   */
  static async take(sql: Sql): Promise<Snapshot> {
    const holder = await sql.reserve();
    try {
      await holder`select set_config('idle_in_transaction_session_timeout', ${IDLE_LIMIT}, false)`;
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const taken = await tryOnce(holder);
        if (taken) {
          return new Snapshot(holder, taken.id, taken.at, taken.encoding, taken.tables);
        }
      }
    } catch (error) {
      await rollBack(holder);
      const failure = await lockFailure(holder, error);
      holder.release();
      throw failure;
    }
    holder.release();
    throw new OakumError(
      "tables-change",
      "failed",
      `Tables were created or dropped during each of ${ATTEMPTS} tries to lock them all.`,
      { hint: "Wait until whatever changes the schema is done, then try again." },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#keepAlive);
    await this.#busy;
    await rollBack(this.holder);
    this.holder.release();
  }
}

async function tryOnce(
  holder: ReservedSql,
): Promise<{ id: string; at: Date; encoding: string; tables: TableName[] } | undefined> {
  const expected = await listLockable(holder);
  await holder`begin isolation level repeatable read read only`;
  try {
    await lockTables(holder, expected);
  } catch (error) {
    await rollBack(holder);
    if (isPassing(error)) return undefined;
    throw error;
  }
  const [row] = await holder<{ id: string; at: Date; encoding: string }[]>`
    select pg_export_snapshot() as id, clock_timestamp() as at,
      pg_encoding_to_char(encoding) as encoding
    from pg_database where datname = current_database()`;
  if (row && sameNames(expected, await listLockable(holder))) {
    await requireAllRows(holder);
    return { ...row, tables: await listTables(holder) };
  }
  await holder`rollback`;
}

function sameNames(a: readonly TableName[], b: readonly TableName[]): boolean {
  return a.length === b.length &&
    a.every((table, i) => table.schema === b[i]?.schema && table.name === b[i]?.name);
}

/** Runs `work` in a transaction of its own that sees the snapshot. */
export async function inSnapshot<T>(
  sql: Sql,
  snapshot: Snapshot,
  work: (transaction: ReservedSql) => Promise<T>,
): Promise<T> {
  const session = await sql.reserve();
  try {
    await session`begin isolation level repeatable read read only`;
    // The id comes from the server and has no parameters in this place.
    if (!/^[0-9A-F-]+$/.test(snapshot.id)) throw new TypeError(`odd snapshot id: ${snapshot.id}`);
    await session.unsafe(`set transaction snapshot '${snapshot.id}'`);
    return await work(session);
  } finally {
    await rollBack(session);
    session.release();
  }
}
