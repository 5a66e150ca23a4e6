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

/** What the doctor found. */
export interface DoctorReport {
  readonly kind: "doctor";
  readonly checks: readonly Check[];
  /** Names of what was ended with `--end-leftovers`. */
  readonly ended: readonly string[];
}
