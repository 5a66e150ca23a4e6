import type { FailureReply } from "./replies.ts";

/** A program that says why it could not do its work. */
export class ProgramFailure extends Error {
  override readonly name = "ProgramFailure";

  constructor(
    readonly failure: FailureReply,
    /** What env.py and the migrations printed, its end. */
    readonly printed: string,
  ) {
    super(failure.message);
    // What `--verbose` shows of a cause is the place where it happened: here, in Python.
    if (failure.traceback) this.stack = failure.traceback;
  }
}
