import { basename, dirname, join } from "node:path";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import { count, rfc3339 } from "../core/time.ts";
import { type Backup, type DamagedBackup, isUnreadable, listFolder, type Listing } from "./list.ts";
import { stemOf } from "./names.ts";
import { isFuture, isOwn } from "./own.ts";

/** How many backups an error names as candidates. */
const CANDIDATES = 5;

/** A backup that was asked for. */
export interface Found {
  readonly backup: Backup;
  /** Newer ones that `latest` did not take, since they are not good; to be said. */
  readonly passedOver: readonly PassedOver[];
}

/** One that `latest` did not take. */
export interface PassedOver {
  readonly id: string;
  /** What it is, as a sentence goes on after its name. */
  readonly why: string;
  readonly hint: string;
}

/**
 * Those that speak for the database as it was, newest first: taken of it by oakum, whole by their
 * looks and no collapse of the one before. What came from elsewhere may be of any database, and what
 * says that it is from the future of any time.
 */
export function ownGood({ backups }: Pick<Listing, "backups">, now: Date): Backup[] {
  return backups.filter((backup): backup is Backup =>
    backup.state === "good" && isOwn(backup.manifest) && !isFuture(backup.manifest, now)
  );
}

/** The newest of `ownGood`: what `latest` means. */
export function newestGood(listing: Pick<Listing, "backups">, now: Date): Backup | undefined {
  return ownGood(listing, now)[0];
}

/**
 * Finds a backup by `latest`, by name, by the beginning of its name or of its time, or by the name
 * of one of its files. Throws with outcome `notFound`, or says why its manifest is not believed.
 */
export function findBackup(listing: Listing, reference: string, now = new Date()): Found {
  if (reference === "latest") return findLatest(listing, now);
  const id = stemOf(reference) ?? reference;
  const matches = matching(listing, id);
  const [backup] = matches;
  if (!backup) throw unknown(listing, reference);
  if (matches.length > 1) throw ambiguous(matches, reference);
  if (backup.state === "damaged") throw backup.error;
  return { backup, passedOver: [] };
}

/** Finds a backup by the path of one of its files, wherever it lies. */
export async function findBackupAt(path: string): Promise<Found> {
  const listing = await listFolder(dirname(path));
  if (stemOf(basename(path)) === undefined) throw unknown(listing, basename(path));
  return findBackup(listing, basename(path));
}

function findLatest(listing: Listing, now: Date): Found {
  const backup = newestGood(listing, now);
  if (!backup) throw noGoodOne(listing, now);
  const newer = listing.backups.slice(0, listing.backups.indexOf(backup));
  const damaged = listing.backups.filter(({ state }) => state === "damaged");
  // A damaged manifest has no time that can be believed; it may well be the newest.
  return { backup, passedOver: [...newer, ...damaged].flatMap((one) => passedOver(one, now)) };
}

/** Nothing for what was adopted: nobody would take that for the latest. */
function passedOver(backup: Backup | DamagedBackup, now: Date): PassedOver[] {
  const { id, state } = backup;
  const hint = `See why: oakum verify ${id}`;
  if (isUnreadable(backup)) {
    return [{ id, why: "cannot be read by this user", hint: backup.error.hint ?? hint }];
  }
  if (state === "damaged") return [{ id, why: "has a manifest that cannot be believed", hint }];
  const { manifest } = backup;
  if (!isOwn(manifest)) return [];
  if (!isFuture(manifest, now)) {
    // What it is suspected of need not show in its files.
    const look = state === "suspect" ? "See why: oakum backups" : hint;
    return [{ id, why: `is newer, but ${NOT_GOOD[state]}`, hint: look }];
  }
  const why = `is dated ${manifest.takenAt}, in the future`;
  return [{
    id,
    why,
    hint: "If this machine's clock is right (see: date), use it by its name alone.",
  }];
}

const NOT_GOOD = {
  good: "good",
  suspect: "suspect",
  missing: "a file of it is missing",
  size: "a file of it has the wrong size",
} as const;

function matching(listing: Listing, id: string): (Backup | DamagedBackup)[] {
  const exact = listing.backups.filter((backup) => backup.id === id);
  if (exact.length > 0 || id === "") return exact;
  return listing.backups.filter((backup) =>
    backup.id.startsWith(id) || backup.id.startsWith(`db_backup_${id}`)
  );
}

function noGoodOne(listing: Listing, now: Date): OakumError {
  const { folder, backups, exists } = listing;
  const candidates = candidatesOf(backups);
  const { message, hint } = backups.length > 0
    ? noneIsGood(listing, now)
    : exists
    ? { message: `There is no backup in "${folder}".`, hint: TAKE_ONE }
    : { message: `There is no backup: the folder "${folder}" does not exist.`, hint: TAKE_ONE };
  return new OakumError("no-good-backup", "notFound", message, { hint, data: { candidates } });
}

const TAKE_ONE = "`oakum backup` takes one.";
const BY_NAME = "`oakum backups` says what is wrong with each; one can be used by its name.";

/** Why not one of them is the latest: first what a person would not think of. */
function noneIsGood({ folder, backups }: Listing, now: Date): { message: string; hint: string } {
  const unreadable = backups.find(isUnreadable);
  if (unreadable && backups.every(isUnreadable)) {
    const { message, hint = BY_NAME } = unreadable.error;
    const none = `"${folder}" has ${count(backups.length, "backup")}, of which none can be read`;
    return { message: `${none}: ${message}`, hint };
  }
  const good = backups.filter((backup): backup is Backup => backup.state === "good");
  const message = `"${folder}" has ${count(backups.length, "backup")}, of which none is good`;
  const ahead = good.find(({ manifest }) => isOwn(manifest) && isFuture(manifest, now));
  if (ahead) {
    const when = `dated ${ahead.manifest.takenAt}, and here it is ${rfc3339(now)} now`;
    const hint =
      `Look at this machine's clock: date. If it is right: name the backup, ${ahead.id}.`;
    return { message: `${message}: ${ahead.id} is ${when}.`, hint };
  }
  const adopted = good.find(({ manifest }) => !isOwn(manifest));
  if (!adopted) return { message: `${message}.`, hint: BY_NAME };
  return {
    message: `"${folder}" has no good backup that oakum took of this database itself. What was ` +
      "adopted may be of any database, so it is used only where it is named.",
    hint: `Name it if you mean it: ${adopted.id}. \`oakum backup\` takes one of the database.`,
  };
}

function unknown({ folder, backups, loose }: Listing, reference: string): OakumError {
  const candidates = candidatesOf(backups);
  const isLoose = loose.includes(reference);
  return new OakumError(
    isLoose ? "not-a-backup" : "unknown-backup",
    "notFound",
    isLoose
      ? `"${reference}" in "${folder}" is a file without a manifest, not a backup.`
      : `There is no backup "${reference}" in "${folder}".`,
    {
      hint: isLoose
        ? `\`oakum adopt ${shellWord(join(folder, reference))}\` makes a backup of it.`
        : candidates.length > 0
        ? listedText(candidates, backups)
        : "`oakum backup` takes one.",
      data: { reference, candidates },
    },
  );
}

function ambiguous(matches: readonly { id: string }[], reference: string): OakumError {
  const candidates = candidatesOf(matches);
  return new OakumError(
    "ambiguous-backup",
    "notFound",
    `"${reference}" can be any of ${matches.length} backups.`,
    { hint: listedText(candidates, matches), data: { reference, candidates } },
  );
}

function listedText(candidates: readonly string[], all: readonly unknown[]): string {
  const [only] = candidates;
  if (only && all.length === 1) return `There is only ${only}.`;
  const which = candidates.length < all.length ? "The newest are" : "There are";
  return `${which} ${candidates.join(", ")}.`;
}

function candidatesOf(backups: readonly { id: string }[]): string[] {
  return backups.slice(0, CANDIDATES).map((backup) => backup.id);
}
