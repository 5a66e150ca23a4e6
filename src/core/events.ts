/** What an operation tells while it runs; `src/terminal` turns it into lines, bars or JSON. */
export type OakumEvent = StepEvent | ProgressEvent | NoteEvent | WarningEvent;

/** A step of an operation begins; the one before it has ended well. */
export interface StepEvent {
  readonly type: "step";
  /** Stable kebab-case name, such as `dump` or `verify`. */
  readonly step: string;
  /** The step in words, such as `Dumping shop from shop-db-1`. */
  readonly text: string;
}

/** How far the current step is; sent often, shown rarely. */
export interface ProgressEvent {
  readonly type: "progress";
  readonly step: string;
  readonly bytes?: number;
  /** Bytes that are expected, known only from an earlier run of the same thing. */
  readonly expectedBytes?: number;
  /** Tables, revisions or other items that are done, with their total. */
  readonly done?: number;
  readonly total?: number;
  /** What is counted, in the plural, such as `tables`. */
  readonly unit?: string;
  /** What is being worked on now, such as a table's name. */
  readonly item?: string;
}

/** Something worth a line that changes nothing. */
export interface NoteEvent {
  readonly type: "note";
  readonly text: string;
}

/** Something that went less well than it should; repeated in the closing lines. */
export interface WarningEvent {
  readonly type: "warning";
  /** Stable kebab-case name of the situation. */
  readonly code: string;
  readonly text: string;
  readonly hint?: string;
}

/** Takes events; must not throw. */
export type Emit = (event: OakumEvent) => void;
