import type { Manifest, TargetName } from "../backups/manifest.ts";

/** A backup that was taken. */
export interface BackupReport {
  readonly kind: "backup";
  /** Where its files lie. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Milliseconds from the snapshot to the published manifest. */
  readonly tookMs: number;
  /** Milliseconds of the proof by a restore that followed; absent where none was made. */
  readonly provedMs?: number;
  /** The id of the good backup before it, that it was compared with. */
  readonly previous: string | null;
  /** Older backups of oakum's own that retention removed. */
  readonly expired: readonly string[];
  /** Sentences on what went less well than it should. */
  readonly warnings: readonly string[];
  /** Why a proof by restore that was asked for could not be had; absent where nothing of that is. */
  readonly notProved?: string;
}

/** A backup that would be taken. */
export interface BackupPlan {
  readonly kind: "backup-plan";
  readonly target: TargetName;
  /** Where its files would lie. */
  readonly folder: string;
  readonly format: "custom" | "plain";
  readonly compression: string;
  /** Version of the pg_dump that would write it. */
  readonly pgDump: string;
  readonly verify: "read" | "restore" | "none";
  readonly databaseBytes: number;
  /** The good backup that it would be compared with. */
  readonly previous: { readonly id: string; readonly bytes: number } | null;
  /** What is free on the disk of the folder. */
  readonly freeBytes: number;
}

/** A database, or a server with all of its databases, that was not backed up. */
export interface BackupFailure {
  readonly project: string;
  readonly service: string;
  /** Null where the server itself could not be entered. */
  readonly database: string | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What `backup --all` did, or with `--dry-run` would do. */
export interface BackupAllReport {
  readonly kind: "backup-all";
  readonly taken: readonly BackupReport[];
  readonly planned: readonly BackupPlan[];
  readonly failed: readonly BackupFailure[];
}
