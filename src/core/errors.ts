/** Exit codes by outcome: part of oakum's interface, printed by `--help`, only ever added to. */
export const EXIT_CODES = {
  done: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  refused: 4,
  unchanged: 5,
  changed: 6,
  finding: 9,
  notFound: 10,
  locked: 11,
  docker: 12,
  key: 13,
  interrupted: 130,
} as const;

/** How a command ended; each outcome has one exit code. */
export type Outcome = keyof typeof EXIT_CODES;

/** What an expected error carries beside its message. */
export interface ErrorDetail {
  /** The next thing to do, as a sentence or a command; never a secret. */
  readonly hint?: string;
  /** Values for the JSON form; never a secret. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * An error that a person can act on: what happened, the values involved, and in `hint` what to do
 * next. Anything else that is thrown is a defect of oakum and is shown with its stack.
 */
export class OakumError extends Error {
  override readonly name = "OakumError";
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  /** `code` is a stable kebab-case identifier of the situation, part of the JSON interface. */
  constructor(
    readonly code: string,
    readonly outcome: Exclude<Outcome, "done">,
    message: string,
    detail: ErrorDetail = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.hint = detail.hint;
    this.data = detail.data ?? {};
  }
}

/** The message of whatever was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.trim().replaceAll(/\s*\n\s*/g, " ");
}
