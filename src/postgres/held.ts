import type { ReservedSql, Sql } from "./connection.ts";

/**
 * Makes a held connection that was lost reject what is asked of it. postgres.js would write to a
 * socket that is not there any more, from a timer, where nobody can catch it.
 */
export function guardHeld(held: ReservedSql, lost: () => Error | undefined): ReservedSql {
  const refuse = () => Promise.reject(lost()) as never;
  return new Proxy(held, {
    apply: (sql, self, args) => lost() ? refuse() : Reflect.apply(sql, self, args),
    get: (sql, key, receiver) => {
      // A lost one is back in its pool already; to release it would hand it out again.
      if (key === "release") return () => lost() ? undefined : sql.release();
      if (key === "unsafe" && lost()) return refuse;
      return Reflect.get(sql, key, receiver);
    },
  });
}

/**
 * Runs `work` in a transaction: committed when it comes back, rolled back when it throws. Instead of
 * `sql.begin`, which ends the whole program when its connection is lost.
 */
export async function inTransaction<T>(
  sql: Sql,
  work: (transaction: ReservedSql) => Promise<T>,
): Promise<T> {
  const held = await sql.reserve();
  try {
    await held`begin`;
    const result = await work(held);
    await held`commit`;
    return result;
  } catch (error) {
    await held`rollback`.catch(() => {});
    throw error;
  } finally {
    held.release();
  }
}
