import type { Manifest } from "../backups/manifest.ts";

/** A backup that was taken. */
export interface BackupReport {
  readonly kind: "backup";
  /** Where its files lie. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Milliseconds from the snapshot to the published manifest. */
  readonly tookMs: number;
  /** The id of the good backup before it, that it was compared with. */
  readonly previous: string | null;
  /** Older backups of oakum's own that retention removed. */
  readonly expired: readonly string[];
  /** Sentences on what went less well than it should. */
  readonly warnings: readonly string[];
}
