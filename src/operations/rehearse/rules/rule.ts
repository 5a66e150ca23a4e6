/** What a rule counts: its threshold is in bytes, rows, milliseconds or things; or it has none. */
export type Measure = "size" | "rows" | "duration" | "count" | "none";

/** From which value on a rule warns, and from which it fails; null where it does not. */
export interface Levels {
  readonly warn: number | null;
  readonly fail: number | null;
}

/** Something that a rehearsal looks for. */
export interface Rule extends Levels {
  /** Stable: for `rehearsal.rules` and `--allow`. */
  readonly id: string;
  readonly measure: Measure;
  /** One line, of what is found. */
  readonly meaning: string;
}

/** What is always found, and stops an upgrade unless it is allowed. */
export const FAIL: Levels = { warn: null, fail: 0 };
/** What is always found, and stops nothing. */
export const WARN: Levels = { warn: 0, fail: null };
/** What is looked for only where the settings say so. */
export const OFF: Levels = { warn: null, fail: null };
