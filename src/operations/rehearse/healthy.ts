import { sleep } from "../../core/time.ts";
import { type CommandHost, runCommand } from "../../docker/run.ts";
import type { ContainerDetail } from "../../docker/shapes.ts";
import type { AppCommand } from "./run_command.ts";

/** How often and how long an app is asked whether it is well. */
const PAUSE_MS = 500;
const PATIENCE_MS = 60_000;
const ANSWERS_MS = 30_000;
/** An app that nothing can be asked of is well if it stays up so long. */
const STAYS_UP_MS = 5_000;

/** Asks once whether it is well; undefined where there is nothing to ask. */
export type Asker = ((signal: AbortSignal) => Promise<boolean>) | undefined;

/** Waits until it says that it is well, or for a while that it stays up where it cannot be asked. */
export async function becomesHealthy(
  app: AppCommand,
  ask: Asker,
  signal: AbortSignal,
): Promise<boolean> {
  let ended = false;
  app.ended.then(() => ended = true);
  const until = performance.now() + (ask ? PATIENCE_MS : STAYS_UP_MS);
  while (performance.now() < until) {
    if (ended) return false;
    if (ask && await inTime(ask, until - performance.now(), signal)) return true;
    await sleep(PAUSE_MS, signal);
  }
  return ask === undefined && !ended;
}

/** One that does not answer is not well. */
async function inTime(
  ask: NonNullable<Asker>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const late = AbortSignal.timeout(Math.max(1, Math.min(milliseconds, ANSWERS_MS)));
  try {
    return await ask(AbortSignal.any([signal, late]));
  } catch (error) {
    if (late.aborted && !signal.aborted) return false;
    throw error;
  }
}

/** The service's own health check, as Docker would run it. */
export function checkAsker(
  host: CommandHost,
  { Config: { Healthcheck } }: ContainerDetail,
): Asker {
  const [kind, ...words] = Healthcheck;
  const cmd = kind === "CMD" ? words : kind === "CMD-SHELL" ? ["sh", "-c", words.join(" ")] : [];
  if (cmd.length === 0) return undefined;
  return async (signal) => (await runCommand(host, { cmd }, signal)).code === 0;
}
