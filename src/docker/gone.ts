import { OakumError } from "../core/errors.ts";
import { statusOf } from "./engine.ts";
import type { CommandHost } from "./run.ts";

/** Does something in a container; that it is gone is told as a sentence, not as an HTTP code. */
export async function inContainer<T>(host: CommandHost, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
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
