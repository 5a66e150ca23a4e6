import { OakumError } from "../core/errors.ts";
import { statusOf } from "./engine.ts";
import type { CommandHost } from "./run.ts";

/** Does something in a container; that it is gone is told as a sentence, not as an HTTP code. */
export async function inContainer<T>(host: CommandHost, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
    const now = await host.engine.container(host.id).catch(() => undefined);
    if (now?.State.Paused) throw paused(now.Name.slice(1), error);
    throw new OakumError(
      "helper-gone",
      "failed",
      `The container ${host.id.slice(0, 12)} was stopped or removed while oakum was at work in it.`,
      {
        hint: "Try again; if it happens again, look for what ends containers: docker events",
        data: { container: host.id },
        cause: error,
      },
    );
  }
}

/** The engine answers for a paused container as it does for one that has stopped. */
function paused(name: string, cause: unknown): OakumError {
  return new OakumError("container-paused", "failed", `The container "${name}" is paused.`, {
    hint: `Let it go on: docker unpause ${name}`,
    data: { container: name },
    cause,
  });
}
