import type { Backup } from "../../backups/list.ts";
import type { TargetName } from "../../backups/manifest.ts";
import type { TargetLock } from "../../postgres/locks.ts";

/** What a restore is asked to be. */
export interface RestoreRequest {
  readonly backup: Pick<Backup, "id" | "folder" | "manifest">;
  /** Whether this very run has taken it, and remembers its manifest: nobody has changed that. */
  readonly taken?: boolean;
  readonly target: TargetName;
  /** The backup folder, for the journal. */
  readonly dir: string;
  /** A new database beside the live one, which then is not touched. */
  readonly into: string | undefined;
  readonly jobs: number | undefined;
  /** Findings that are accepted, by the names of their rules. */
  readonly allow: readonly string[];
  /** Whether roles that the server lacks are created. */
  readonly createRoles: boolean;
  /** Whether objects keep the owners that the dump names. */
  readonly owner: boolean;
  readonly dryRun: boolean;
  /** Services whose sessions a swap ends: they are named for a restart. */
  readonly services: readonly string[];
  /** The target's lock, where the caller holds it: it stays the caller's. */
  readonly lock?: TargetLock | undefined;
  /** Called as late as can be before a swap; where it throws, nothing is swapped. */
  readonly beforeSwap?: (() => Promise<void>) | undefined;
}

/** The name that the restored database ends under. */
export function finalName({ into, target }: RestoreRequest): string {
  return into ?? target.database;
}
