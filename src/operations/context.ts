import type { Ask } from "../core/ask.ts";
import type { Emit } from "../core/events.ts";
import type { Clock } from "../core/time.ts";
import type { Engine } from "../docker/engine.ts";

/** What every operation is given; nothing of it knows a terminal. */
export interface Context {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  readonly ask: Ask;
  /** Names this run in labels, sessions and the journal. */
  readonly runId: string;
}
