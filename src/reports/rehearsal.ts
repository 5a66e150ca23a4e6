import type { TargetName } from "../backups/manifest.ts";

/** A statement that a revision sent; repeats in a row are one. */
export interface TracedStatement {
  /** Its beginning, on one line, without its parameters. */
  readonly sql: string;
  /** Milliseconds on the server and on the way, all repeats together. */
  readonly ms: number;
  readonly rows: number;
  readonly count: number;
  /** It was its own transaction. */
  readonly autocommit: boolean;
  /** The line of a revision file that sent it. */
  readonly file: string | null;
  readonly line: number | null;
}

/** The table-level lock modes of PostgreSQL, weakest first, as its manual writes them. */
export const LOCK_MODES = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

/** One of `LOCK_MODES`. */
export type LockMode = typeof LOCK_MODES[number];

/** A lock that a revision held on something that others use too: it was there before. */
export interface HeldLock {
  /** `schema.name`. */
  readonly relation: string;
  readonly kind: "table" | "index" | "view" | "sequence" | "other";
  readonly mode: LockMode;
  /** Milliseconds from the statement that took it to the end of the transaction: at most that. */
  readonly heldMs: number;
  /** Index among the step's statements of the one that took it; null where only seen from outside. */
  readonly statement: number | null;
}

/** What a step did to one table that was there before it. */
export interface TableChange {
  /** `schema.name` before the step. */
  readonly table: string;
  /** Rows before it, as the planner's statistics have them. */
  readonly rows: number;
  /** Bytes before it, with indexes and TOAST. */
  readonly bytes: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Rows read by scans of the whole table. */
  readonly scanned: number;
  /** Its rows were written anew into another file. */
  readonly rewritten: boolean;
  readonly dropped: boolean;
}

/** An index that a step built, on a table that was there before it. */
export interface BuiltIndex {
  readonly index: string;
  readonly table: string;
  readonly bytes: number;
  /** Whether it was built without locking out writers. */
  readonly concurrently: boolean;
  /** A build that failed leaves an index that is kept up and never used. */
  readonly valid: boolean;
}

/** What one move over a revision was measured to do, on the copy. */
export interface MeasuredStep {
  readonly tookMs: number;
  readonly statements: readonly TracedStatement[];
  readonly locks: readonly HeldLock[];
  readonly tables: readonly TableChange[];
  readonly indexes: readonly BuiltIndex[];
  /** Bytes of write-ahead log, about: with what a server in full would log of rewrites. */
  readonly walBytes: number;
  /** By how many bytes the database grew. */
  readonly grewBytes: number;
  /** Something was committed before the version table was written. */
  readonly committedInside: boolean;
}

/** Data that a step took away or changed. */
export interface DataLoss {
  /** A `column` is gone also where another one of its name has its place, without its values. */
  readonly what:
    | ("rows" | "table" | "column" | "values")
    | ("sequence" | "sequence-gone" | "large-objects");
  /** `schema.name`, of a sequence, too. */
  readonly table: string;
  readonly column: string | null;
  /**
   * Rows that are gone or changed; for a column, rows that had a value in it; for a sequence, values
   * that it would hand out again, and 1 where it is gone.
   */
  readonly rows: number;
}

/** Why a step could not be made. */
export interface StepFailure {
  /**
   * Stable: `failed`, `hangs`, `not-committed`, `reaches-out`, `read-only`, `raises`, `missing`,
   * `already-there`.
   */
  readonly kind: string;
  readonly message: string;
  /** More lines: the project's own, the SQL, the server's detail. */
  readonly details: readonly string[];
  readonly file: string | null;
  readonly line: number | null;
}

/**
 * Whether a downgrade brought back what was there before its upgrade.
 *
 * - `lossless`: schema and data.
 * - `cosmetic`: all but the order of columns.
 * - `differs`: the data; the schema is another one than before.
 * - `lossy`: data is gone or changed.
 * - `fails`: it ended with an error.
 * - `none`: there is none, or it refuses.
 * - `not-tried`: the upgrade failed, or it was not asked for.
 */
export type DowngradeVerdict =
  | "lossless"
  | "cosmetic"
  | "differs"
  | "lossy"
  | "fails"
  | "none"
  | "not-tried";

/** How the downgrade of a revision went, right after its upgrade. */
export interface RehearsedDowngrade {
  readonly verdict: DowngradeVerdict;
  readonly measured: MeasuredStep | null;
  readonly failure: StepFailure | null;
  /** What is not as it was before the upgrade, in sentences. */
  readonly differences: readonly string[];
  /** What is lost of the data that was there before the upgrade. */
  readonly lost: readonly DataLoss[];
}

/** How dear a finding is: `fail` stops an upgrade unless it is allowed by name. */
export type FindingLevel = "warn" | "fail";

/** Something that a rehearsal found. */
export interface Finding {
  /** The rule's stable id, for `--allow` and `rehearsal.rules`. */
  readonly rule: string;
  readonly level: FindingLevel;
  /** Accepted by name on the command line. */
  readonly allowed: boolean;
  /** One or two sentences with the cause and the values. */
  readonly text: string;
  /** A safer way of writing it, ready to be pasted; null where there is none. */
  readonly fix: string | null;
  /** Null where it is about the whole. */
  readonly revision: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/** A table or, where one is named, a column that went while nothing was in it. */
export interface GoneEmpty {
  /** `schema.name` */
  readonly table: string;
  readonly column: string | null;
}

/** One revision as the rehearsal met it, measured; what rules judge. */
export interface RehearsedRevision {
  readonly revision: string;
  readonly doc: string;
  /**
   * Path of its file: in the repository of the folder that oakum was run in, where it is there; else,
   * and in what is kept for an upgrade, in the app's container.
   */
  readonly file: string;
  readonly sha256: string;
  /** Null where it failed before anything could be measured. */
  readonly upgrade: MeasuredStep | null;
  readonly failure: StepFailure | null;
  /** What the upgrade made of the schema, in sentences. */
  readonly changes: readonly string[];
  /** A hash of each of them with its whole definitions: a sentence shows their beginning. */
  readonly changeHashes: readonly string[];
  /** What the upgrade took away. */
  readonly lost: readonly DataLoss[];
  /** What it took away besides, of which the copy held nothing; absent where there is no such thing. */
  readonly goneEmpty?: readonly GoneEmpty[];
  /** The schema's hash on the copy before and after it; null where it did not come so far. */
  readonly fingerprintBefore: string | null;
  readonly fingerprintAfter: string | null;
  readonly downgrade: RehearsedDowngrade;
  /** How the upgrade went once more, after the downgrade; null where it was not tried. */
  readonly again: {
    readonly same: boolean;
    readonly failure: StepFailure | null;
    /** In rows, in sentences: where there are none, it is the schema that is another one. */
    readonly differences: readonly string[];
  } | null;
  readonly findings: readonly Finding[];
}

/** What was rehearsed on. */
export interface RehearsalData {
  /** `file` is a backup that was named, `backup` the newest one that fits. */
  readonly source: "backup" | "file" | "empty";
  /** The backup's id; null for an empty database, and in a plan that takes a backup first. */
  readonly name: string | null;
  /** RFC 3339; null as its name is. */
  readonly takenAt: string | null;
  /** Bytes of the database that it is of; 0 where it has no name. */
  readonly bytes: number;
}

/** A command of the app, or its start, on the new schema. */
export interface AppTrial {
  readonly what: "run" | "health";
  readonly command: string;
  readonly ok: boolean;
  readonly tookMs: number;
  readonly exitCode: number | null;
  /** The end of what it printed. */
  readonly output: string;
}

/** How the app's models differ from the upgraded copy. */
export interface ModelDrift {
  /** Operations as text that are not known already. */
  readonly fresh: readonly string[];
  /** Those that a baseline accepts. */
  readonly known: readonly string[];
  /** Why it could not be compared. */
  readonly unknown: string | null;
}

/** What a rehearsal found out. */
export interface RehearsalReport {
  readonly kind: "rehearsal";
  readonly target: TargetName;
  readonly app: string;
  /** `passed` where all revisions came through, without a finding that is not allowed. */
  readonly verdict: "passed" | "warnings" | "failed";
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly data: RehearsalData;
  readonly image: { readonly name: string; readonly id: string };
  /** The hash of the schema that was rehearsed on, as it was loaded. */
  readonly fingerprint: string;
  /** A hash of the script folder's files and of what revisions import, as the app's copy has them. */
  readonly scripts: string;
  /**
   * A hash of what it was set to, from rules to commands and the app's environment, and of oakum's
   * version: set otherwise, it is another rehearsal.
   */
  readonly settings: string;
  readonly revisions: readonly RehearsedRevision[];
  /** Ids of those that were applied already, and were taken back on the copy first. */
  readonly takenBack: readonly string[];
  /** Ids of pending revisions before them, which were applied on the copy without a look. */
  readonly unseen: readonly string[];
  readonly drift: ModelDrift | null;
  readonly trials: readonly AppTrial[];
  /** Findings about the whole; those of a revision are with it. */
  readonly findings: readonly Finding[];
  /** RFC 3339. */
  readonly rehearsedAt: string;
  readonly tookMs: number;
  /** Milliseconds that the copy took to be made. */
  readonly copyMs: number;
  readonly warnings: readonly string[];
}
