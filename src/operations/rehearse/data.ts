import { newestGood, ownGood } from "../../backups/find.ts";
import { lookup } from "../../backups/files.ts";
import { type Backup, dumpPath, type Listing, listTarget } from "../../backups/list.ts";
import type { Manifest, TargetName } from "../../backups/manifest.ts";
import { OakumError } from "../../core/errors.ts";
import { type Queryable, sqlState } from "../../postgres/connection.ts";
import { readMigrationState } from "../../postgres/facts.ts";
import { readFingerprint } from "../../postgres/fingerprint.ts";
import { inTransaction } from "../../postgres/held.ts";
import type { RehearsalData } from "../../reports/rehearsal.ts";
import { backUp, type BackupRequest } from "../backup.ts";
import type { Context } from "../context.ts";
import type { Reached } from "../migrate/standing.ts";
import { sameHeads } from "../migrate/picture.ts";
import type { CopySource } from "./copy_source.ts";
import { whyUnlike } from "./likeness.ts";

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
  /** Sentences on how it is unlike the data of now. */
  readonly warnings: readonly string[];
}

/** There is no data to rehearse on, since no backup of it can be had, or none that is good. */
export class NotTaken extends OakumError {}

/** Why oakum takes a backup to rehearse on. */
export const REASON = "before rehearsal";

/**
 * Chooses what is rehearsed on: the newest good backup that has the schema and the revision that the
 * database has now, about its rows, and is of the last day; or else one that is taken now.
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
  if (wish.kind === "backup") return await named(context, real, wish.backup);
  const now = context.clock.now();
  const { backup: found, why } = await newestThatFits(
    real,
    await listTarget(backup.dir, target),
    now,
  );
  if (found) return await chosen(found, "backup");
  context.emit({ type: "note", text: `${why} One is taken first.` });
  return await chosen(await takeOne(context, real, { ...backup, target }), "backup");
}

/** Whoever names a backup may have a reason to; what it does not show is said. */
async function named({ emit }: Context, real: Reached, backup: Backup): Promise<ChosenData> {
  const why = await unlike(real, backup.manifest);
  const text = `${backup.id} ${why}: on the data of now it may all be otherwise.`;
  if (why !== undefined) emit({ type: "note", text });
  return { ...await chosen(backup, "file"), warnings: why === undefined ? [] : [text] };
}

function unlike(real: Reached, manifest: Manifest): Promise<string | undefined> {
  return reading(real, (transaction) => whyUnlike(transaction, manifest)).catch(whyNotRead);
}

const EMPTY: ChosenData = {
  source: { kind: "empty" },
  data: { source: "empty", name: null, takenAt: null, bytes: 0 },
  fingerprint: null,
  warnings: [],
};

async function chosen(backup: Backup, source: "backup" | "file"): Promise<ChosenData> {
  const { id, takenAt, database, fingerprint } = backup.manifest;
  // What is checked must be what is loaded: seen before both.
  const seen = await lookup(dumpPath(backup));
  return {
    source: { kind: "backup", backup: { ...backup, seen } },
    data: { source, name: id, takenAt, bytes: database.bytes },
    fingerprint: fingerprint.sha256,
    warnings: [],
  };
}

/** What is older is not the data of now. */
const LONGEST_MS = 24 * 60 * 60_000;

/** A backup that is of what is there now; or why there is none, as a sentence. */
export type Fitting = { readonly backup: Backup; readonly why?: undefined } | {
  readonly backup?: undefined;
  readonly why: string;
};

/** The newest good backup, if it is of what is there now. */
export async function newestThatFits(
  real: Reached,
  listing: Listing,
  now: Date,
): Promise<Fitting> {
  const newest = newestGood(listing, now);
  if (!newest) return { why: "There is no good backup of the database." };
  const { id, manifest } = newest;
  const age = now.getTime() - Date.parse(manifest.takenAt);
  if (age > LONGEST_MS) return { why: `The newest good backup, ${id}, is older than a day.` };
  const why = await whyOther(real, manifest);
  return why === undefined ? { backup: newest } : { why: `The newest good backup, ${id}, ${why}.` };
}

/** Why the data of a rehearsal does not speak for that of now, as half a sentence. */
export async function whyDataUnfit(
  real: Reached,
  { dir, target }: { readonly dir: string; readonly target: TargetName },
  { data: { name } }: { readonly data: Pick<RehearsalData, "name"> },
  now: Date,
): Promise<string | undefined> {
  const backup = ownGood(await listTarget(dir, target), now).find(({ id }) => id === name);
  if (!backup) return `there is no good backup ${name} of the database any more`;
  const why = await unlike(real, backup.manifest);
  return why && `${name}, which it was made on, ${why}`;
}

/** Why a backup is not of what is there now, as the end of a sentence about it. */
async function whyOther(
  real: Reached,
  manifest: Manifest,
): Promise<string | undefined> {
  const { fingerprint, migrations } = manifest;
  return await reading(real, async (transaction) => {
    const revisions = (await readMigrationState(transaction))?.revisions ?? [];
    if (!sameHeads(revisions, migrations?.revisions ?? [])) return "is at another revision";
    const { sha256 } = await readFingerprint(transaction);
    if (sha256 !== fingerprint.sha256) return "has another schema than the database has now";
    return await whyUnlike(transaction, manifest);
  }).catch(whyNotRead);
}

/** A table that is locked for long is left alone: what cannot be seen is not known to be alike. */
function whyNotRead(error: unknown): string {
  if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
  return "could not be compared with the database, in which somebody locks a table";
}

const LOCK_NOT_AVAILABLE = "55P03";
const LOCK_MS = 3000;

async function reading<T>(
  { session, database }: Reached,
  read: (transaction: Queryable) => Promise<T>,
): Promise<T> {
  const sql = session.sql(database.name, { max: 1, timeouts: { lock: LOCK_MS } });
  try {
    return await inTransaction(sql, async (transaction) => {
      await transaction`set transaction isolation level repeatable read, read only`;
      return await read(transaction);
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
  const wish = { ...request, reason: REASON };
  const taking = backUp(context, session, database.name, wish);
  const { manifest: { id, suspect } } = await taking.catch((error) => {
    throw error instanceof OakumError ? notTaken(error) : error;
  });
  const { backups } = await listTarget(request.dir, request.target);
  const taken = backups.find((one): one is Backup => one.id === id && one.state === "good");
  if (taken) return taken;
  throw new NotTaken(
    "backup-suspect",
    "refused",
    `The backup that was taken for the rehearsal looks wrong: ${suspect.join(" ")}`,
    { hint: `Look at the database. If it is right: oakum pin ${id}, then again.` },
  );
}

function notTaken(cause: OakumError): NotTaken {
  const { code, outcome, message, hint, data } = cause;
  return new NotTaken(code, outcome, message, {
    ...hint === undefined ? {} : { hint },
    data,
    cause,
  });
}
