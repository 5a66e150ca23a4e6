/** How a check went; only `trouble` makes the command exit with 9. */
export type CheckLevel = "ok" | "warning" | "trouble" | "not-checked";

/** One known trouble: found or not. */
export interface Check {
  /** Stable kebab-case name of the trouble. */
  readonly name: string;
  readonly level: CheckLevel;
  /** What was found, with the values involved; never a secret. */
  readonly text: string;
  /** What mends it: a command or a sentence; null where there is nothing to mend. */
  readonly mend: string | null;
}

/** A revision, or several heads, whose schema is that of the database or near to it. */
export interface PossiblePlace {
  /** Empty before the first revision. */
  readonly heads: readonly string[];
  readonly text: string;
  /** What the database has otherwise, in words; empty where it is the same. */
  readonly differences: readonly string[];
  /** Whether all that differs is how things are defined: nothing is missing, and nothing is there in addition. */
  readonly sameObjects: boolean;
  /** Tables that have the same columns in another order. */
  readonly reordered: readonly string[];
}

/** Which revision the schema of a database is of, whatever its version table says. */
export interface Location {
  /** The journal knows exactly this schema, or the revisions were replayed in a sandbox. */
  readonly by: "journal" | "replay";
  /**
   * `in-step`: the schema is what the version table says; `equal`: it is that of another revision;
   * `besides`: the same, but there is something that no revision makes; `nearest`: of none;
   * `not-known`: the version table names what could not be replayed.
   */
  readonly verdict: "in-step" | "equal" | "besides" | "nearest" | "not-known";
  /** What the version table says. */
  readonly current: readonly string[];
  /**
   * More than one where revisions between them change no schema. That of the version table is among
   * them where nothing speaks against it.
   */
  readonly candidates: readonly PossiblePlace[];
  /** What the database has and no revision makes. */
  readonly besides: readonly string[];
  readonly failures: readonly { readonly revision: string; readonly message: string }[];
  /** Revisions that were not replayed, those that failed included. */
  readonly left: readonly string[];
  /**
   * One command a candidate; none where the version table says one of them, or where what was not
   * replayed leaves it open. Only a single one is an answer: of several, the data tells which.
   */
  readonly stamps: readonly string[];
  /** What the empty copy was given beside the revisions, in sentences. */
  readonly made: readonly string[];
  /** There are tables, and the version table is not there or empty: something else made them. */
  readonly tablesWithoutVersion: boolean;
}

/** What the doctor found. */
export interface DoctorReport {
  readonly kind: "doctor";
  readonly checks: readonly Check[];
  /** Names of what was ended with `--end-leftovers`. */
  readonly ended: readonly string[];
  /** With `--locate`: where the schema belongs; null where it was not asked for or not found out. */
  readonly place: Location | null;
}
