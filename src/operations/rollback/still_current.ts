import { checkBackup } from "../../backups/check.ts";
import { ownGood } from "../../backups/find.ts";
import { type Backup, listTarget } from "../../backups/list.ts";
import type { Manifest } from "../../backups/manifest.ts";
import type { Queryable } from "../../postgres/connection.ts";
import { changedSince } from "../../postgres/changed_since.ts";
import {
  countLargeObjects,
  readDatabaseFacts,
  readMigrationState,
  readSequences,
} from "../../postgres/facts.ts";
import { readFingerprint } from "../../postgres/fingerprint.ts";
import { inTransaction } from "../../postgres/held.ts";
import type { Context } from "../context.ts";
import type { Reached } from "../migrate/standing.ts";
import type { RollbackRequest } from "../rollback.ts";

/** After a day another one is due in any case. */
const LONGEST_MS = 24 * 3600_000;

/**
 * The backup that a dry run took, or a rollback that was declined, where nothing at all has changed
 * since: it is a backup of now. Undefined where that cannot be said for certain.
 */
export async function stillCurrent(
  { clock, signal }: Context,
  { session, database }: Reached,
  { backup, target }: Pick<RollbackRequest, "backup" | "target">,
  reason: string,
): Promise<Backup | undefined> {
  if (!backup) return undefined;
  const now = clock.now();
  const [newest] = ownGood(await listTarget(backup.dir, target), now);
  if (!newest || newest.manifest.reason !== reason) return undefined;
  if (now.getTime() - Date.parse(newest.manifest.takenAt) > LONGEST_MS) return undefined;
  const unchanged = await inTransaction(
    session.sql(database.name, { max: 1 }),
    async (transaction) => {
      await transaction`set transaction isolation level repeatable read read only`;
      return await isUnchanged(transaction, newest.manifest, signal);
    },
    signal,
  );
  if (!unchanged) return undefined;
  const findings = await checkBackup(newest, { others: [], signal });
  return findings.length === 0 ? newest : undefined;
}

async function isUnchanged(
  sql: Queryable,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<boolean> {
  // What is in a large object is in no manifest.
  if (manifest.largeObjects > 0 || await countLargeObjects(sql) > 0) return false;
  if (!isSame(await readMigrationState(sql), manifest.migrations)) return false;
  if (!isSame(await readSequences(sql), manifest.sequences)) return false;
  const facts = await readDatabaseFacts(sql);
  if (!isSame({ ...facts, bytes: 0 }, { ...manifest.database, bytes: 0 })) return false;
  const { exact, tables } = await changedSince(sql, manifest, signal);
  if (!exact || tables.length > 0) return false;
  // Last: it changes settings of the transaction.
  return (await readFingerprint(sql)).sha256 === manifest.fingerprint.sha256;
}

/** Both as a manifest has them, where order of fields is not that of the server's answer. */
function isSame(a: unknown, b: unknown): boolean {
  return sorted(a) === sorted(b);
}

function sorted(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, each: unknown) =>
      typeof each === "object" && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).toSorted(([x], [y]) => x < y ? -1 : 1))
        : each,
  );
}
