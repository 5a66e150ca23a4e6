import type { AdoptedFrom, TargetName } from "../backups/manifest.ts";

/** One backup as a listing shows it. */
export interface BackupLine {
  readonly id: string;
  /**
   * `damaged` has a manifest that cannot be believed, `unreadable` one that this user may not read;
   * the rest as the store judges it.
   */
  readonly state: "good" | "suspect" | "missing" | "size" | "damaged" | "unreadable";
  /** Sentences on why it is not good. */
  readonly problems: readonly string[];
  /** The fields below are null where the manifest is damaged or unreadable. */
  readonly takenAt: string | null;
  readonly bytes: number | null;
  readonly verified: "none" | "read" | "restore" | null;
  readonly revisions: readonly string[] | null;
  readonly rows: number | null;
  readonly server: string | null;
  readonly reason: string | null;
  /** What the person who took it wrote on it. */
  readonly note: string | null;
  /** Where it came from, where it was not taken of the database itself; else null. */
  readonly adopted: AdoptedFrom | null;
  /** Whether it says that it was taken after now: then it is passed over. */
  readonly future: boolean;
  readonly pinned: { readonly at: string; readonly note: string } | null;
}

/** The backups of one database. */
export interface TargetBackups {
  readonly target: TargetName | null;
  readonly folder: string;
  readonly backups: readonly BackupLine[];
  /** Names of files that are no backup: `oakum adopt` takes them over. */
  readonly loose: readonly string[];
}

/** What lies in a backup folder. */
export interface BackupsReport {
  readonly kind: "backups";
  readonly dir: string;
  readonly targets: readonly TargetBackups[];
}

/** A backup that was pinned, or is not any more. */
export interface PinReport {
  readonly kind: "pin";
  readonly id: string;
  readonly folder: string;
  readonly pinned: { readonly at: string; readonly note: string } | null;
  /** Whether a suspicion was cleared by it. */
  readonly cleared: boolean;
}
