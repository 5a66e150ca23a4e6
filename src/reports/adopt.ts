import type { BackupReport } from "./backup.ts";

/** A foreign dump that became a backup. */
export interface Adopted {
  readonly file: string;
  /** The database that it built in the sandbox. */
  readonly built: string;
  readonly backup: BackupReport;
}

/** What `adopt` did. */
export interface AdoptReport {
  readonly kind: "adopt";
  readonly adopted: readonly Adopted[];
}
