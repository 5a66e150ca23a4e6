import { ownGood } from "../../backups/find.ts";
import type { Backup, Listing } from "../../backups/list.ts";

const WEEK_MS = 7 * 24 * 3600 * 1000;

/**
 * Why a backup is to be proved by a restore though nobody asked for it: valid databases exist whose
 * dump does not restore. Undefined where a younger proof of the same schema will do.
 */
export function whyRestoreProof(listing: Listing, backup: Backup, now: Date): string | undefined {
  const proved = ownGood(listing, now).find(({ manifest }) =>
    manifest.verified.level === "restore"
  );
  if (!proved) return "no backup of this database is proved by a restore yet";
  const { fingerprint, verified } = proved.manifest;
  if (fingerprint.sha256 !== backup.manifest.fingerprint.sha256) {
    return "the schema changed since the last proof by a restore";
  }
  const age = now.getTime() - Date.parse(verified.at ?? proved.manifest.takenAt);
  return Math.abs(age) >= WEEK_MS ? "the last proof by a restore is a week old" : undefined;
}
