import { OakumError } from "../core/errors.ts";
import { duration } from "../core/time.ts";

/** Aborts its signal when what is waited for does not come for `limit` milliseconds. */
export class StallWatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #waitsSince: number | undefined = performance.now();

  /** `what` is the subject of the error's sentence, such as `pg_dump`. */
  constructor(what: string, limit: number) {
    this.#timer = setInterval(() => {
      if (this.#waitsSince === undefined || performance.now() - this.#waitsSince < limit) return;
      this.#controller.abort(stalled(what, limit));
    }, Math.min(limit / 5, 10_000));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** It came; from now on the other side waits for us. */
  came(): void {
    this.#waitsSince = undefined;
  }

  /** From now on we wait again. */
  wait(): void {
    this.#waitsSince = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function stalled(what: string, limit: number): OakumError {
  return new OakumError(
    "dump-stalled",
    "failed",
    `Nothing came from ${what} for ${duration(limit)}.`,
    {
      hint: "Nothing was kept; older backups are as they were. Does Docker still answer, and is " +
        "the server busy? Look: oakum psql -c 'select * from pg_stat_activity'",
      data: { tool: what, milliseconds: limit },
    },
  );
}
