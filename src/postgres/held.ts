import type { Queryable, ReservedSql, Sql } from "./connection.ts";

/**
 * Runs `work` in a transaction: committed when it comes back, rolled back when it throws. Unlike
 * `sql.begin` it always throws what `work` threw, also where the rollback failed as well. An abort
 * cuts the connection, also in the middle of a query, and with it a pool of one: for work that only
 * reads.
 */
export async function inTransaction<T>(
  sql: Sql,
  work: (transaction: ReservedSql) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const held = await sql.reserve();
  const cut = () => void held.end({ timeout: 0 });
  signal?.addEventListener("abort", cut, { once: true });
  try {
    signal?.throwIfAborted();
    await held`begin`;
    const result = await work(held);
    await held`commit`;
    return result;
  } catch (error) {
    await rollBack(held);
    throw error;
  } finally {
    signal?.removeEventListener("abort", cut);
    held.release();
  }
}

/**
 * Reads within a transaction and lets the locks go that this took: of each table and each of its
 * indexes one, and a server has room for some thousand of them in all.
 */
export async function lettingGo<T>(
  transaction: Queryable,
  read: () => Promise<T>,
): Promise<T> {
  await transaction.unsafe("savepoint oakum_read");
  const result = await read();
  await transaction.unsafe("rollback to savepoint oakum_read");
  await transaction.unsafe("release savepoint oakum_read");
  return result;
}

const ROLLBACK_MS = 2000;

/**
 * Rolls back, as far as there is somebody to tell: a server that stands still gives no answer, and
 * one that has lost us rolls back by itself.
 */
export async function rollBack(held: ReservedSql): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, ROLLBACK_MS));
  await Promise.race([held`rollback`.then(() => {}, () => {}), patience]);
  clearTimeout(timer);
}
