import { messageOf, OakumError } from "./errors.ts";

const LOST = new Set(["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE"]);

/**
 * The error of a connection to the engine that broke, or could not be made again, as a person needs
 * it; whatever else was thrown comes back as it is.
 */
export function asLost(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof OakumError) return error;
  const code = (error as { code?: unknown }).code;
  // ENOENT of a connect is a socket that has gone; of a file it is something else.
  const gone = LOST.has(String(code)) || /^connect ENOENT /.test(error.message) ||
    error.message === "socket hang up";
  if (!gone) return error;
  return new OakumError(
    "docker-lost",
    "docker",
    `The connection to Docker was lost: ${messageOf(error)}.`,
    {
      hint:
        "Is the engine up again? Then see what there is: oakum status. What oakum had running " +
        "ends by itself.",
      cause: error,
    },
  );
}
