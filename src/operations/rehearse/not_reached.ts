import { OakumError } from "../../core/errors.ts";

/** What says that the clone did not get to the copy. */
const ASTRAY = new Set(["app-cannot-connect", "wrong-server", "app-session", "other-server"]);

const ELSEWHERE =
  "Names lead to the copy there; an IP address, or a name that only env.py knows, does not. Give " +
  "the clone another address, at 127.0.0.1: rehearsal.environment in oakum.yaml.";

const VERIFIED =
  "The copy cannot show the real server's certificate, only one of its own. Give the " +
  "clone an address that does not verify it (sslmode=require): rehearsal.environment in oakum.yaml.";

/**
 * The reason where an address of the app's cannot be led to the copy; any other error as it is, with
 * what the copy of the app has not (`leftOut`), which may be why.
 */
export function notReached(error: unknown, leftOut: readonly string[]): unknown {
  if (!(error instanceof OakumError)) return error;
  if (!ASTRAY.has(error.code)) return leftOut.length > 0 ? withLeftOut(error, leftOut) : error;
  return new OakumError(
    "copy-not-reached",
    "refused",
    `In the sandbox the app does not reach the copy of its database. ${error.message}`,
    {
      hint: `${/certificate|\bSSL\b/.test(error.message) ? VERIFIED : ELSEWHERE} ` +
        "Nothing of yours was touched.",
      data: error.data,
      cause: error.cause ?? error,
    },
  );
}

function withLeftOut(error: OakumError, leftOut: readonly string[]): OakumError {
  const { code, outcome, message, data, cause } = error;
  const hint = [...leftOut, error.hint ?? ""].join(" ").trim();
  return new OakumError(code, outcome, message, { hint, data, cause });
}
