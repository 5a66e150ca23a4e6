import type { StepEvent } from "../../migrators/migrator.ts";

/** What the app's tool was seen to do while it made one move; what it does not tell is not known. */
export class StepTrace {
  /** Backends of the connections that the app has opened. */
  readonly pids: number[] = [];
  /** Whether it came as far as the revision itself. */
  begun = false;
  /**
   * Whether it committed before it wrote the version table: what was committed stays, whatever
   * becomes of the revision.
   */
  committedInside = false;
  #versionWritten = false;

  /** Takes the next event. */
  take(event: StepEvent): void {
    switch (event.event) {
      case "connect":
        this.pids.push(event.pid);
        break;
      case "begin":
        this.begun = true;
        break;
      case "version":
        this.#versionWritten = true;
        break;
      case "commit":
        this.#commits();
        break;
      case "statement":
        if (event.autocommit || COMMITS.test(event.sql)) this.#commits();
    }
  }

  #commits(): void {
    if (this.begun && !this.#versionWritten) this.committedInside = true;
  }
}

/** Whether a statement ends its transaction on its own account, one way or the other. */
export function endsTransaction(sql: string): boolean {
  return COMMITS.test(sql) || ROLLS_BACK.test(sql);
}

const COMMITS = /^\s*(commit|end|prepare\s+transaction)\b/i;
/** Not to a savepoint. */
const ROLLS_BACK = /^\s*(rollback|abort)\b(?!.*\bto\b)/i;
