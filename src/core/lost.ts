import { messageOf, OakumError } from "./errors.ts";

const LOST = new Set(["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE"]);

/** What the server says, and postgres.js, where a session was ended that nobody had closed. */
const ENDED = new Set([
  ...["57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25P04"],
  ...["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED"],
]);

/**
 * The error of a connection to the engine or to the server that broke, or could not be made again, as
 * a person needs it; whatever else was thrown comes back as it is.
 */
export function asLost(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof OakumError) return error;
  const code = (error as { code?: unknown }).code;
  if (ENDED.has(String(code))) return sessionEnded(error);
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

function sessionEnded(cause: Error): OakumError {
  return new OakumError(
    "session-ended",
    "failed",
    `The database server ended a session of oakum: ${messageOf(cause)}.`,
    {
      hint:
        "Was a backup restored meanwhile, which swaps the database, or the server stopped? See what " +
        "there is (oakum status), then run it again.",
      cause,
    },
  );
}
