import type { Manifest } from "../../backups/manifest.ts";
import type { Queryable, Sql } from "../../postgres/connection.ts";
import {
  countLargeObjects,
  countRows,
  readDatabaseFacts,
  readMigrationState,
  readSequences,
} from "../../postgres/facts.ts";
import { readFingerprint } from "../../postgres/fingerprint.ts";
import { lettingGo } from "../../postgres/held.ts";
import { readOwnership } from "../../postgres/ownership.ts";
import { inSnapshot, type Snapshot } from "../../postgres/snapshot.ts";

/** The part of a manifest that the database itself tells, all of one instant. */
export type Recorded = Pick<
  Manifest,
  | "database"
  | "migrations"
  | "tables"
  | "sequences"
  | "largeObjects"
  | "fingerprint"
  | "transactions"
  | "ownership"
>;

/** Reads everything that a restore is compared with, as the snapshot sees it. */
export async function record(sql: Sql, snapshot: Snapshot): Promise<Recorded> {
  return await inSnapshot(sql, snapshot, async (transaction) => {
    const migrations = await readMigrationState(transaction);
    const database = await readDatabaseFacts(transaction);
    const sequences = await lettingGo(transaction, () => readSequences(transaction));
    const largeObjects = await countLargeObjects(transaction);
    const { sha256, rows } = await readFingerprint(transaction);
    const ownership = await readOwnership(transaction);
    const tables = await countRows(transaction, snapshot.tables);
    return {
      database,
      migrations,
      tables,
      sequences,
      largeObjects,
      fingerprint: { sha256, rows: [...rows] },
      transactions: await readTransactions(transaction),
      ownership,
    };
  });
}

async function readTransactions(sql: Queryable): Promise<NonNullable<Manifest["transactions"]>> {
  const [row] = await sql<{ oid: string; snapshot: string }[]>`
    select oid::text as oid, pg_current_snapshot()::text as snapshot
    from pg_database where datname = current_database()`;
  if (!row) throw new Error("the server did not answer");
  return { databaseOid: row.oid, snapshot: row.snapshot };
}
