import type { TargetName } from "../backups/manifest.ts";
import type { Branches } from "../migrators/alembic/branches.ts";

/** A revision with its message, where a sentence or a list names it. */
export interface RevisionName {
  readonly id: string;
  /** Null where the scripts do not have it. */
  readonly doc: string | null;
}

/** A revision as the read-only views show it. */
export interface RevisionLine {
  readonly id: string;
  readonly doc: string;
  readonly down: readonly string[];
  readonly dependsOn: readonly string[];
  /** Branch labels that its file declares. */
  readonly labels: readonly string[];
  /** As its docstring has it. */
  readonly created: string | null;
  /** Of its file, in the app's container. */
  readonly path: string;
  readonly head: boolean;
  /** Null where nobody knows what the database has. */
  readonly applied: boolean | null;
  /** The databases that are at it; more than one only where env.py goes through several. */
  readonly at: readonly string[];
}

/** An applied revision whose file is another one than oakum applied. */
export interface EditedRevision {
  readonly revision: string;
  readonly doc: string;
  /** Of its file, in the app's container. */
  readonly path: string;
  /** RFC 3339. */
  readonly appliedAt: string;
  /** What changed: `layout` is comments, docstrings, spaces and line endings alone. */
  readonly what: "code" | "layout" | "unknown";
}

/** A revision that a version table holds. */
export interface CurrentRevision extends RevisionName {
  /** Whether the scripts have it. */
  readonly known: boolean;
  readonly head: boolean;
}

/** Where a database is. */
export interface DatabasePlace {
  readonly name: string;
  readonly versionTable: {
    /** Null leaves it to the search path. */
    readonly schema: string | null;
    readonly name: string;
    /** The schema that it is in, or would be made in; null where there is none. */
    readonly foundIn: string | null;
    readonly exists: boolean;
  };
  readonly revisions: readonly CurrentRevision[];
  /** How many revisions are not applied; null where one of its own is unknown to the scripts. */
  readonly pending: number | null;
  /** Whether it is at every head. */
  readonly atHeads: boolean;
}

/** Where the databases are, and why nobody knows where nobody does. */
export interface Places {
  readonly databases: readonly DatabasePlace[];
  readonly unknown: { readonly code: string; readonly message: string } | null;
}

/** What `current` found. */
export interface CurrentReport {
  readonly kind: "current";
  readonly target: TargetName;
  readonly app: string;
  readonly heads: readonly RevisionName[];
  readonly databases: readonly DatabasePlace[];
}

/** What `heads` found. */
export interface HeadsReport {
  readonly kind: "heads";
  readonly app: string;
  /** `applied` and `at` say nothing: no database is asked. */
  readonly heads: readonly RevisionLine[];
  /** How several heads part, and what is in conflict; null for one. */
  readonly branches: Branches | null;
}

/** What `history` found. */
export interface HistoryReport extends Places {
  readonly kind: "history";
  readonly app: string;
  /** Newest first: each one before those that it follows. */
  readonly revisions: readonly RevisionLine[];
  /** How many there are beyond the range that was asked for. */
  readonly leftOut: number;
}

/** A revision with all that is known of it. */
export interface RevisionDetail extends RevisionLine {
  readonly docstring: string;
  readonly parents: readonly RevisionName[];
  readonly children: readonly RevisionName[];
  /** Those that it needs, and those that need it, beside the line of down revisions. */
  readonly needs: readonly RevisionName[];
  readonly neededBy: readonly RevisionName[];
  readonly upgrade: FunctionKind;
  readonly downgrade: FunctionKind;
  /** It may commit in the middle. */
  readonly autocommit: boolean;
  readonly sha256: string;
  /** RFC 3339; null where oakum did not apply it. */
  readonly appliedAt: string | null;
  /** Whether the file is another one than oakum applied; null where that is not known. */
  readonly edited: boolean | null;
  /** Null where it was not asked for, or cannot be read. */
  readonly source: string | null;
}

/** What upgrade() or downgrade() of a revision is made of. */
export type FunctionKind = "code" | "empty" | "raises" | "missing";

/** What `show` found. */
export interface ShowReport extends Places {
  readonly kind: "show";
  readonly app: string;
  readonly revisions: readonly RevisionDetail[];
}
