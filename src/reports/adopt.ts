import type { BackupReport } from "./backup.ts";

/** A foreign dump that became a backup. */
export interface Adopted {
  readonly file: string;
  /** The database that it built in the sandbox. */
  readonly built: string;
  /** Whether what wrote it marks its end, which is there; null where nothing marks it. */
  readonly whole: boolean | null;
  /** Why it is not known whether it is whole; empty where it is. */
  readonly doubt: string;
  /** What else the file holds, which is not in the backup. */
  readonly left: readonly LeftDatabase[];
  readonly backup: BackupReport;
}

/** A database of a foreign dump that did not go into the backup. */
export interface LeftDatabase {
  readonly name: string;
  readonly tables: number;
  readonly rows: number;
}

/** A foreign dump that would become a backup. */
export interface AdoptPlan {
  readonly file: string;
  readonly format: "custom" | "tar" | "directory" | "plain" | "plain-gzip";
  /** `cluster` is pg_dumpall's; null where the file does not say. */
  readonly scope: "database" | "cluster" | null;
  readonly bytes: number;
  /** Whether it has its end; null where only loading it can tell. */
  readonly whole: boolean | null;
  /** Why it is not known whether it is whole; empty where it is. */
  readonly doubt: string;
  /** When the dump was written, as it or its name says; RFC 3339, null where neither does. */
  readonly takenAt: string | null;
  /** The same, only a date where the time of day is not known. */
  readonly writtenAt: string | null;
  /** Where the backup's files would lie. */
  readonly folder: string;
}

/** A file that became no backup. */
export interface AdoptFailure {
  readonly file: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What `adopt` did, or with `--dry-run` would do. */
export interface AdoptReport {
  readonly kind: "adopt";
  readonly adopted: readonly Adopted[];
  readonly planned: readonly AdoptPlan[];
  readonly failed: readonly AdoptFailure[];
}
