import { ownGood } from "../../backups/find.ts";
import type { Backup, Listing } from "../../backups/list.ts";

const WEEK_MS = 7 * 24 * 3600 * 1000;

/**
 * Why a backup is to be proved by a restore though nobody asked for it: valid databases exist whose
 * dump does not restore. Undefined where a younger try of the same schema in the same image will do:
 * one that a sandbox cannot prove would not be proved by the next try either.
 */
export function whyRestoreProof(listing: Listing, backup: Backup, now: Date): string | undefined {
  const tried = ownGood(listing, now).find(({ manifest: { verified } }) =>
    verified.level === "restore" || verified.notProved !== undefined
  );
  if (!tried) return "no backup of this database is proved by a restore yet";
  const { fingerprint, verified, server, takenAt } = tried.manifest;
  if (fingerprint.sha256 !== backup.manifest.fingerprint.sha256) {
    return "the schema changed since the last proof by a restore";
  }
  if ((verified.imageId ?? server.imageId) !== backup.manifest.server.imageId) {
    return "the server's image changed since the last proof by a restore";
  }
  const age = now.getTime() - Date.parse(verified.at ?? takenAt);
  return Math.abs(age) >= WEEK_MS ? "the last proof by a restore is a week old" : undefined;
}
