import { OakumError } from "../core/errors.ts";

/** The signals that end a command. */
export type EndingSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What watching signals needs. */
export interface SignalWatch {
  readonly controller: AbortController;
  /** Ends the process with 130 at once. */
  readonly leave: () => void;
  /** Milliseconds of a clock that never steps back. */
  readonly now: () => number;
  readonly listen: (signal: EndingSignal, call: () => void) => void;
}

/**
 * One Ctrl-C may arrive twice within a moment: from the terminal, and passed on by the program
 * that started oakum (`timeout`, a task runner).
 */
const SAME_SIGNAL = 300;

/**
 * The first signal aborts, so that every finally block runs; a second SIGINT or SIGTERM leaves at
 * once. A second SIGHUP does not: a closing terminal sends it twice.
 */
export function watchSignals({ controller, leave, now, listen }: SignalWatch): void {
  let first: number | undefined;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    listen(name, () => {
      if (first === undefined) {
        first = now();
        controller.abort(interruption(name));
      } else if (name !== "SIGHUP" && now() - first > SAME_SIGNAL) {
        leave();
      }
    });
  }
}

/** The error that an interrupted command ends with; a person knows SIGINT as the keys that send it. */
export function interruption(signal: EndingSignal): OakumError {
  const cause = signal === "SIGINT" ? "Ctrl-C" : signal;
  return new OakumError("interrupted", "interrupted", `Interrupted by ${cause}.`);
}

/** Listens to a signal of this process; a platform that does not know it has nothing to listen to. */
export function listenToProcess(signal: EndingSignal, call: () => void): void {
  if (Deno.build.os === "windows" && signal !== "SIGINT") return;
  Deno.addSignalListener(signal, call);
}
