import { basename, dirname } from "node:path";
import { OakumError } from "../core/errors.ts";
import { count } from "../core/time.ts";
import { type Backup, type DamagedBackup, listFolder, type Listing } from "./list.ts";
import { stemOf } from "./names.ts";

/** How many backups an error names as candidates. */
const CANDIDATES = 5;

/** A backup that was asked for. */
export interface Found {
  readonly backup: Backup;
  /** Newer ones that `latest` did not take, since they are not good; to be said. */
  readonly passedOver: readonly (Backup | DamagedBackup)[];
}

/** The newest backup that is whole by its looks and no collapse of the one before. */
export function newestGood(listing: Listing): Backup | undefined {
  return listing.backups.find((backup): backup is Backup => backup.state === "good");
}

/**
 * Finds a backup by `latest`, by name, by the beginning of its name or of its time, or by the name
 * of one of its files. Throws with outcome `notFound`, or says why its manifest is not believed.
 */
export function findBackup(listing: Listing, reference: string): Found {
  if (reference === "latest") return findLatest(listing);
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

function findLatest(listing: Listing): Found {
  const backup = newestGood(listing);
  if (!backup) throw noGoodOne(listing);
  const dated = listing.backups.filter(({ state }) => state !== "damaged");
  const damaged = listing.backups.filter(({ state }) => state === "damaged");
  // A damaged manifest has no time that can be believed; it may well be the newest.
  return { backup, passedOver: [...dated.slice(0, dated.indexOf(backup)), ...damaged] };
}

function matching(listing: Listing, id: string): (Backup | DamagedBackup)[] {
  const exact = listing.backups.filter((backup) => backup.id === id);
  if (exact.length > 0 || id === "") return exact;
  return listing.backups.filter((backup) =>
    backup.id.startsWith(id) || backup.id.startsWith(`db_backup_${id}`)
  );
}

function noGoodOne({ folder, backups, exists }: Listing): OakumError {
  const message = backups.length > 0
    ? `"${folder}" has ${count(backups.length, "backup")}, of which none is good.`
    : exists
    ? `There is no backup in "${folder}".`
    : `There is no backup: the folder "${folder}" does not exist.`;
  const hint = backups.length > 0
    ? "`oakum backups` says what is wrong with each; one can be used by its name."
    : "`oakum backup` takes one.";
  const candidates = candidatesOf(backups);
  return new OakumError("no-good-backup", "notFound", message, { hint, data: { candidates } });
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
        ? `\`oakum adopt ${reference}\` makes a backup of it.`
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
