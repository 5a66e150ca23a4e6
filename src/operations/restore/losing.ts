import { messageOf } from "../../core/errors.ts";
import type { Manifest } from "../../backups/manifest.ts";
import { sqlState } from "../../postgres/connection.ts";
import {
  changedSince,
  type ChangedTable,
  type ChangesSince,
} from "../../postgres/changed_since.ts";
import { inTransaction } from "../../postgres/held.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { count } from "../../core/time.ts";

/** How long anybody waits for it; a large database takes longer, and says so. */
const PATIENCE_MS = 15_000;
const MOST = 8;

/** What is in a database now and not in a backup that is to take its place, in sentences. */
export async function whatIsLost(
  session: ServerSession,
  database: string,
  manifest: Manifest,
): Promise<string[]> {
  const timeouts = { lock: 1000, statement: PATIENCE_MS };
  const sql = session.sql(database, { max: 1, timeouts });
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const changes = await inTransaction(sql, async (transaction) => {
      await transaction`set transaction isolation level repeatable read read only`;
      return await changedSince(transaction, manifest, patience);
    });
    return lossLines(changes);
  } catch (error) {
    // A database that cannot be read is one more reason for a restore.
    const slow = patience.aborted || sqlState(error) === "57014";
    const why = slow ? `it takes longer than ${PATIENCE_MS / 1000} s` : messageOf(error);
    return [`What was written since this backup was not counted: ${why}.`];
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The same of what was found. */
export function lossLines({ exact, tables }: ChangesSince): string[] {
  if (tables.length === 0) {
    return exact
      ? ["Nothing was written to its tables since this backup."]
      : ["Each table has as many rows as in this backup; changed values are not told by that."];
  }
  const more = tables.length - MOST;
  return [
    "What is in it now and not in this backup goes with it:",
    ...tables.slice(0, MOST).map((table) => `  ${tableText(table)}`),
    ...more > 0 ? [`  and ${count(more, "more table")}`] : [],
  ];
}

function tableText({ schema, name, then, now, written }: ChangedTable): string {
  const table = `${schema}.${name}`;
  if (now === undefined) return `${table} comes back, with ${rows(then ?? 0)}`;
  if (then === undefined) return `${table}, made since, with ${rows(now)}`;
  if (written === undefined) return `${table} has ${rows(now)}, and ${number(then)} in the backup`;
  // Rows that were both added and deleted since are in neither number: at least as many went.
  const deleted = Math.max(0, then - now);
  const back = deleted > 0 ? `${rows(deleted)} of the backup that ${be(deleted)} deleted` : "";
  if (written === 0) return `${table}: ${back} ${deleted === 1 ? "comes" : "come"} back`;
  const since = `${rows(written)} added or changed since`;
  return `${table}: ${since}${
    back === "" ? "" : `; ${back} ${deleted === 1 ? "comes" : "come"} back`
  }`;
}

function be(n: number): string {
  return n === 1 ? "was" : "were";
}

function rows(n: number): string {
  return `${number(n)} ${n === 1 ? "row" : "rows"}`;
}

function number(n: number): string {
  return n.toLocaleString("en");
}
