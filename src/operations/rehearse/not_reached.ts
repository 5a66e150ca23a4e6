import { OakumError } from "../../core/errors.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { FailureReply } from "../../migrators/alembic/replies.ts";
import { adviceOn } from "../migrate/causes.ts";

/** What says that the clone did not get to the copy. */
const ASTRAY = new Set([
  "app-cannot-connect",
  "wrong-server",
  "server-restarted",
  "app-session",
  "other-server",
]);

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
  const failed = failureOf(error);
  if (failed && failed.kind !== "connection" && adviceOn(failed, "copy") !== undefined) {
    return inTheCopy(error, adviceOn(failed, "copy")!, leftOut);
  }
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

/** What the app's tool said of itself, where it was that which failed. */
function failureOf({ cause }: OakumError): FailureReply | undefined {
  return cause instanceof ProgramFailure ? cause.failure : undefined;
}

function inTheCopy(error: OakumError, advice: string, leftOut: readonly string[]): OakumError {
  const { code, outcome, message, data, cause } = error;
  const hint = [...leftOut, advice.replace(/([^.])$/, "$1."), "Nothing of yours was touched."].join(
    " ",
  );
  return new OakumError(code, outcome, `In the copy of the app: ${message}`, { hint, data, cause });
}

function withLeftOut(error: OakumError, leftOut: readonly string[]): OakumError {
  const { code, outcome, message, data, cause } = error;
  const hint = [...leftOut, error.hint ?? ""].join(" ").trim();
  return new OakumError(code, outcome, message, { hint, data, cause });
}
