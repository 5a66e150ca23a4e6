import { newestGood } from "../../backups/find.ts";
import { lookup } from "../../backups/files.ts";
import { type Backup, dumpPath, type Listing, listTarget } from "../../backups/list.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { OakumError } from "../../core/errors.ts";
import { readMigrationState } from "../../postgres/facts.ts";
import { readFingerprint } from "../../postgres/fingerprint.ts";
import { inTransaction } from "../../postgres/held.ts";
import type { RehearsalData } from "../../reports/rehearsal.ts";
import { backUp, type BackupRequest } from "../backup.ts";
import type { Context } from "../context.ts";
import type { Reached } from "../migrate/standing.ts";
import { sameHeads } from "../migrate/picture.ts";
import type { CopySource } from "./copy_source.ts";

/** What a rehearsal is asked to be made on. */
export type DataWish = { readonly kind: "newest" } | { readonly kind: "empty" } | {
  readonly kind: "backup";
  readonly backup: Backup;
};

/** The data of a rehearsal, and what is known of it. */
export interface ChosenData {
  readonly source: CopySource;
  readonly data: RehearsalData;
  /** The schema's hash, as the real server wrote it down; null for an empty database. */
  readonly fingerprint: string | null;
}

/** Why oakum takes a backup to rehearse on. */
export const REASON = "before rehearsal";

/**
 * Chooses what is rehearsed on: the newest good backup that has the schema and the revision that the
 * database has now, and is of the last day; or else one that is taken now.
 */
export async function chooseData(
  context: Context,
  real: Reached,
  { wish, target, backup }: {
    readonly wish: DataWish;
    readonly target: TargetName;
    /** How one is taken. */
    readonly backup: Omit<BackupRequest, "reason" | "target">;
  },
): Promise<ChosenData> {
  if (wish.kind === "empty") return EMPTY;
  if (wish.kind === "backup") return await chosen(wish.backup, "file");
  const now = context.clock.now();
  const found = await newestThatFits(real, await listTarget(backup.dir, target), now);
  return await chosen(found ?? await takeOne(context, real, { ...backup, target }), "backup");
}

const EMPTY: ChosenData = {
  source: { kind: "empty" },
  data: { source: "empty", name: null, takenAt: null, bytes: 0 },
  fingerprint: null,
};

async function chosen(backup: Backup, source: "backup" | "file"): Promise<ChosenData> {
  const { id, takenAt, database, fingerprint } = backup.manifest;
  // What is checked must be what is loaded: seen before both.
  const seen = await lookup(dumpPath(backup));
  return {
    source: { kind: "backup", backup: { ...backup, seen } },
    data: { source, name: id, takenAt, bytes: database.bytes },
    fingerprint: fingerprint.sha256,
  };
}

/** What is older is not the data of now. */
const LONGEST_MS = 24 * 60 * 60_000;

/** The newest good backup, if it is of what is there now. */
export async function newestThatFits(
  { session, database }: Reached,
  listing: Listing,
  now: Date,
): Promise<Backup | undefined> {
  const newest = newestGood(listing, now);
  if (!newest || now.getTime() - Date.parse(newest.manifest.takenAt) > LONGEST_MS) return undefined;
  const sql = session.sql(database.name, { max: 1 });
  try {
    return await inTransaction(sql, async (transaction) => {
      await transaction`set transaction isolation level repeatable read, read only`;
      const revisions = (await readMigrationState(transaction))?.revisions ?? [];
      const { sha256 } = await readFingerprint(transaction);
      const { fingerprint, migrations } = newest.manifest;
      const fits = sha256 === fingerprint.sha256 &&
        sameHeads(revisions, migrations?.revisions ?? []);
      return fits ? newest : undefined;
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function takeOne(
  context: Context,
  { session, database }: Reached,
  request: Omit<BackupRequest, "reason">,
): Promise<Backup> {
  context.emit({
    type: "note",
    text: "No backup of the last day has the schema of now: one is taken first",
  });
  const wish = { ...request, reason: REASON };
  const { manifest: { id, suspect } } = await backUp(context, session, database.name, wish);
  const { backups } = await listTarget(request.dir, request.target);
  const taken = backups.find((one): one is Backup => one.id === id && one.state === "good");
  if (taken) return taken;
  throw new OakumError(
    "backup-suspect",
    "refused",
    `The backup that was taken for the rehearsal looks wrong: ${suspect.join(" ")}`,
    { hint: `Look at the database. If it is right: oakum pin ${id}, then again.` },
  );
}
