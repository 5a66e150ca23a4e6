import type { ReservedSql, Sql } from "./connection.ts";

/**
 * Runs `work` in a transaction: committed when it comes back, rolled back when it throws. Unlike
 * `sql.begin` it always throws what `work` threw, also where the rollback failed as well.
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
