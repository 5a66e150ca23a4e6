import type { Branches } from "../migrators/alembic/branches.ts";
import type { ServerView, StackView } from "../targets/view.ts";
import type { BackupLine, TargetBackups } from "./backups.ts";
import type { ChangedSince } from "./changed_since.ts";
import type { EditedRevision } from "./revisions.ts";

/** Something that a run left behind, or that another run is at. */
export interface Leftover {
  /** `step` is one of the journal that has no outcome. */
  readonly kind: "database" | "role" | "container" | "file" | "step";
  readonly name: string;
  /** What it is, as a sentence without its end. */
  readonly text: string;
  /** RFC 3339; null where nobody knows. */
  readonly since: string | null;
  readonly bytes: number | null;
  /** Whether the run that it belongs to is still at work. */
  readonly active: boolean;
  /** What ends it; null where there is nothing to end. */
  readonly command: string | null;
}

/** Where the database stands against the app's revision files. */
export interface RevisionStatus {
  readonly current: readonly string[];
  readonly heads: readonly string[];
  readonly pending: readonly { readonly revision: string; readonly doc: string }[];
  /** Current revisions that no file has. */
  readonly unknown: readonly string[];
  /** There are tables, and the version table is not there or empty: something else made them. */
  readonly tablesWithoutVersion: boolean;
  /** Applied revisions whose files were changed since oakum applied them. */
  readonly edited: readonly EditedRevision[];
  /** How several heads part, and what is in conflict; null for one. */
  readonly branches: Branches | null;
}

/** One screen on a stack. */
export interface StatusReport {
  readonly kind: "status";
  readonly stack: { readonly project: string; readonly workingDir: string | null };
  readonly database: {
    readonly service: string;
    readonly container: string;
    readonly name: string;
    /** As `server_version` says. */
    readonly server: string;
    readonly bytes: number;
    readonly user: string;
    readonly superuser: boolean;
    readonly inRecovery: boolean;
  };
  readonly app: {
    readonly service: string;
    readonly container: string;
    readonly running: boolean;
    readonly sameAs: readonly string[];
    readonly newerImage: string | null;
  } | null;
  /** Null where there is no app, or it could not be asked: then `revisionProblem` says why. */
  readonly revision: RevisionStatus | null;
  readonly revisionProblem: string | null;
  /** What of the journal cannot be read, and what helps; left out where all of it can. */
  readonly journal?: { readonly text: string; readonly hint: string };
  /** Services that migrate whenever they start. */
  readonly migratesAtStart: readonly { readonly service: string; readonly where: string }[];
  readonly backups: {
    readonly dir: string;
    /** Of those that oakum took of the database itself, up to now; the last is one of them, too. */
    readonly count: number;
    readonly last: BackupLine | null;
    /** How many were adopted, and how many say that they are from the future. */
    readonly adopted: number;
    readonly future: number;
  };
  /** How far tables, rows and schema are off; null where that could not be seen. */
  readonly changed: ChangedSince | null;
  readonly leftovers: readonly Leftover[];
  /** Where each value came from. */
  readonly origins: Readonly<Record<string, string>>;
  readonly view: StackView;
}

/** One screen on a stack whose database cannot be asked. */
export interface ClosedStatusReport {
  readonly kind: "status";
  readonly stack: StatusReport["stack"];
  readonly database: null;
  /** Why it cannot be asked, and what to do next. */
  readonly problem: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
  };
  readonly servers: readonly ServerView[];
  /** Services that have Alembic. */
  readonly apps: readonly { readonly service: string; readonly running: boolean }[];
  /** Of every database of the stack; null where nobody has said where they are. */
  readonly backups: { readonly dir: string; readonly targets: readonly TargetBackups[] } | null;
  readonly view: StackView;
}
