import { OakumError } from "../../core/errors.ts";

/** What says that the clone did not get to the copy. */
const ASTRAY = new Set(["app-cannot-connect", "wrong-server", "app-session", "other-server"]);

/** The reason where an address of the app's cannot be led to the copy; any other error as it is. */
export function notReached(error: unknown): unknown {
  if (!(error instanceof OakumError) || !ASTRAY.has(error.code)) return error;
  return new OakumError(
    "copy-not-reached",
    "refused",
    `In the sandbox the app does not reach the copy of its database. ${error.message}`,
    {
      hint: "Names lead to the copy there; an IP address, or a name that only env.py knows, does " +
        "not. Give the clone another address, at 127.0.0.1: rehearsal.environment in oakum.yaml. " +
        "Nothing of yours was touched.",
      data: error.data,
      cause: error.cause ?? error,
    },
  );
}
