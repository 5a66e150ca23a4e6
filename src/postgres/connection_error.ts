import postgres from "postgres";
import { OakumError, type Outcome } from "../core/errors.ts";
import type { ServerAccess } from "./access.ts";

/** The five-character SQLSTATE of a server's error; undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown }).code;
  return error instanceof postgres.PostgresError && typeof code === "string" ? code : undefined;
}

/** Why no connection came about, for people: code, outcome, sentence and hint of an `OakumError`. */
type Refusal = readonly [string, Exclude<Outcome, "done">, string, string];

/** Turns a refused connection into a sentence for people; hands back any other error as it is. */
export function connectionError(error: unknown, server: ServerAccess, database: string): unknown {
  const container = server.container.Name.slice(1);
  const { user } = server.credentials;
  const refusal = refusalOf(error, { ...server.credentials, container, database });
  if (!refusal) return error;
  const [code, outcome, message, hint] = refusal;
  return new OakumError(code, outcome, message, {
    hint,
    data: { container, user, database },
    cause: error,
  });
}

function refusalOf(
  error: unknown,
  { container, user, from, database }: Record<"container" | "user" | "from" | "database", string>,
): Refusal | undefined {
  const said = (error as Error).message;
  switch (sqlState(error) ?? (error as { code?: unknown }).code) {
    case "28P01": // invalid_password
    case "28000": // invalid_authorization_specification: pg_hba.conf, an unknown role
      return [
        "login-refused",
        "refused",
        `The server in "${container}" refused the user "${user}" (${from}): ${said}`,
        "Find out which address is right: oakum doctor",
      ];
    case "42501": // insufficient_privilege
      return [
        "database-forbidden",
        "refused",
        `The user "${user}" (${from}) may not connect to "${database}" in "${container}": ${said}`,
        "Grant it: GRANT CONNECT ON DATABASE … TO …; or use another user.",
      ];
    case "3D000": // invalid_catalog_name
      return [
        "no-database",
        "notFound",
        `"${container}" has no database "${database}".`,
        "List them: oakum status --verbose; name one: --database SERVICE/NAME",
      ];
    case "55000": // object_not_in_prerequisite_state
      return [
        "database-closed",
        "refused",
        `"${container}" lets nobody into the database "${database}": ${said}`,
        "Open it: ALTER DATABASE … ALLOW_CONNECTIONS true",
      ];
    case "53300": // too_many_connections
      return [
        "too-many-connections",
        "refused",
        `The server in "${container}" takes no more connections: ${said}`,
        "Wait until there are fewer, end some, or raise max_connections.",
      ];
    case "57P03": // cannot_connect_now
      return [
        "server-not-ready",
        "refused",
        `The server in "${container}" is not ready: ${said}`,
        "Wait until it is up, then try again.",
      ];
    case "CONNECT_TIMEOUT": // of postgres.js
      return [
        "server-silent",
        "refused",
        `The server in "${container}" does not answer.`,
        "Is it overloaded, or its container paused? Look: docker stats, docker logs",
      ];
  }
}
