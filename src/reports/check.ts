import type { TargetName } from "../backups/manifest.ts";
import type { RevisionName } from "./revisions.ts";

/** A change of autogenerate. */
export interface ModelChange {
  /** Alembic's name, such as `add_column`. */
  readonly kind: string;
  readonly table: string | null;
  readonly column: string | null;
  readonly text: string;
}

/** A drop and an add that may be one thing under two names. */
export interface PossibleRename {
  readonly kind: "column" | "table";
  readonly table: string | null;
  readonly from: string;
  readonly to: string;
}

/** Whether the database is where the scripts and the models want it. */
export interface CheckReport {
  readonly kind: "check";
  readonly target: TargetName;
  readonly app: string;
  readonly heads: readonly string[];
  /** Revisions that are not applied, in their order. */
  readonly pending: readonly RevisionName[];
  /** Revisions of the version table that the scripts do not have. */
  readonly unknown: readonly string[];
  /** What a new revision would hold; null where the models were not compared. */
  readonly changes: readonly ModelChange[] | null;
  readonly renames: readonly PossibleRename[];
  /** Sentences on what is to be known beside it. */
  readonly notes: readonly string[];
  readonly agrees: boolean;
}
