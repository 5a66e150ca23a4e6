import type { TargetName } from "../backups/manifest.ts";
import type { Checklist } from "./checklist.ts";
import type { Health } from "./health.ts";
import type { RevisionName } from "./revisions.ts";

/** A revision that a run moves over, and how far it came. */
export interface MigratedStep {
  readonly revision: string;
  readonly doc: string;
  /** Path of its file in the repository, where it is there; else in the app's container. */
  readonly file: string;
  /** `failed` is not applied, or not wholly; `unknown`: nobody could look afterwards. */
  readonly state: "pending" | "applied" | "failed" | "unknown";
  /** Milliseconds of the try that counted; null where there was none. */
  readonly tookMs: number | null;
  /** Tries, more than one where it had to wait for a lock. */
  readonly tries: number;
}

/** Why an upgrade would not begin as it stands. */
export interface Refusal {
  /** As an error has it, such as `rehearsal-failed`. */
  readonly code: string;
  /** One sentence, or a line for each finding. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** What an upgrade or a downgrade is about to do, in order. */
export interface MigrationPlan {
  readonly kind: "migration-plan";
  readonly direction: "upgrade" | "downgrade";
  readonly target: TargetName;
  readonly app: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly steps: readonly MigratedStep[];
  /** Whether a backup is taken first, and why or why not. */
  readonly backup: { readonly taken: boolean; readonly why: string };
  readonly lockTimeoutMs: number;
  /** What is known to keep the upgrade from beginning; undefined where nothing is. */
  readonly refused?: readonly Refusal[];
  /** Undefined for a downgrade. */
  readonly checklist?: Checklist;
  /** Sentences on what is to be known before. */
  readonly warnings: readonly string[];
}

/** What an upgrade or a downgrade did. */
export interface MigrationReport {
  readonly kind: "migration";
  readonly direction: "upgrade" | "downgrade";
  readonly target: TargetName;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly steps: readonly MigratedStep[];
  /** The id of the backup that was taken first. */
  readonly backup: string | null;
  /** What `oakum downgrade` takes to undo this upgrade, and no more; null where nothing does. */
  readonly wayBack: string | null;
  /**
   * When what was applied had been rehearsed, RFC 3339, and on which backup; null where it was not,
   * undefined for a downgrade.
   */
  readonly rehearsed?: { readonly at: string; readonly on: string | null } | null;
  /** How the app was afterwards; null where nobody looked, undefined for a downgrade. */
  readonly health?: Health | null;
  readonly tookMs: number;
  readonly warnings: readonly string[];
}

/** What a stamp is about to write, and what that means. */
export interface StampPlan {
  readonly kind: "stamp-plan";
  readonly target: TargetName;
  readonly app: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Revisions that count as applied from then on, and were not run. */
  readonly gained: readonly RevisionName[];
  /** Revisions that do not count as applied any more, and were not undone. */
  readonly lost: readonly RevisionName[];
  /** Revisions that the version table held, or holds until then, and that no script has. */
  readonly unknown: readonly string[];
  /** Sentences on what is to be known before. */
  readonly warnings: readonly string[];
}

/** What a stamp did. */
export interface StampReport extends Omit<StampPlan, "kind"> {
  readonly kind: "stamp";
}
