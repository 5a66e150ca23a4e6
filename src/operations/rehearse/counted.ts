import { sleep } from "../../core/time.ts";
import type { Queryable } from "../../postgres/connection.ts";

/** Until PostgreSQL 14 a reader is content with counts that are half a second old. */
const STALE_MS = 600;

/** Waits until what sessions that have ended handed in can be read. */
export async function untilCounted(sql: Queryable): Promise<void> {
  if (!await countsAtOnce(sql)) await sleep(STALE_MS);
}

/**
 * Has what this session has read counted at the end of its transaction, and not some time later, while
 * somebody else is measured. Before PostgreSQL 15 that cannot be asked for: a session that ends is
 * counted by the time that `untilCounted()` waits.
 */
export async function handIn(transaction: Queryable): Promise<void> {
  if (await countsAtOnce(transaction)) await transaction`select pg_stat_force_next_flush()`;
}

/** Since PostgreSQL 15 counts are in memory that all sessions share. */
async function countsAtOnce(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ shared: boolean }[]>`
    select current_setting('server_version_num')::int >= 150000 as shared`;
  return row?.shared ?? true;
}
