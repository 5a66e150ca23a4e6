import { OakumError } from "../../core/errors.ts";
import { scrubbed, secretValues, variablesOf } from "../../core/secrets.ts";
import { sleep } from "../../core/time.ts";
import type { Engine } from "../../docker/engine.ts";
import type { RunningExec } from "../../docker/exec.ts";
import type { CommandHost } from "../../docker/run.ts";

/** How long the engine may take to tell the exit code of a command whose streams have ended. */
const CODE_LIMIT_MS = 10_000;
/** How long a container may take from the end of its processes to its own. */
const STOP_LIMIT_MS = 2_000;
/** The exit code of SIGKILL. */
const KILLED = 137;

/**
 * Why a program ended before it had answered, as far as the engine knows. `environment` is what it had
 * beyond the container's own.
 */
export async function endedEarly(
  { engine, id }: CommandHost,
  exec: RunningExec,
  { printed, environment }: { printed: string; environment: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<OakumError> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(CODE_LIMIT_MS)]);
  const code = await exec.exitCode(patience).catch(() => undefined);
  signal.throwIfAborted();
  const gone = code === undefined || code === KILLED ? await whatBecameOf(engine, id) : undefined;
  if (gone) return appStopped(`The app's container ${gone} while Python worked in it`);
  const said = scrubbed(printed, await secretsIn({ engine, id }, environment)).trim();
  const killed = code === KILLED ? ": it was killed, perhaps for want of memory" : "";
  return new OakumError(
    "program-died",
    "failed",
    `Python in the app's container ended with exit code ${
      code ?? "?"
    } before it had answered${killed}.`,
    {
      hint: said.split("\n").at(-1) || "It printed nothing.",
      data: { printed: said, code: code ?? null },
    },
  );
}

/** A container that is being stopped kills what runs in it before the engine calls it stopped. */
async function whatBecameOf(engine: Engine, id: string): Promise<string | undefined> {
  const until = performance.now() + STOP_LIMIT_MS;
  for (;;) {
    const container = await engine.container(id);
    if (!container) return "was removed";
    if (!container.State.Running) return "stopped";
    if (performance.now() > until) return undefined;
    await sleep(100);
  }
}

/** Says that the app's container does not run. */
export function appStopped(text: string, cause?: unknown): OakumError {
  return new OakumError("app-stopped", "failed", `${text}.`, {
    hint: "Start it, or see why it stopped: docker ps --all, docker logs",
    cause,
  });
}

/** What it printed may hold an address, or all of the environment. */
async function secretsIn(
  { engine, id }: CommandHost,
  environment: Readonly<Record<string, string>>,
): Promise<string[]> {
  const container = await engine.container(id).catch(() => undefined);
  return secretValues([
    ...variablesOf(container?.Config.Env ?? []),
    ...Object.entries(environment),
  ]);
}
