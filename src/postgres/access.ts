import type { ContainerDetail } from "../docker/shapes.ts";

/** A user of a PostgreSQL server; the password is a secret and is never printed. */
export interface Credentials {
  readonly user: string;
  readonly password: string | undefined;
  /** Where user and password were found, in words, for `status --verbose`. */
  readonly from: string;
}

/** One PostgreSQL server: its container and how it is reached from inside that container's network. */
export interface ServerAccess {
  readonly container: ContainerDetail;
  /** The port that the server itself listens on. */
  readonly port: number;
  /** The folder of the server's socket, where it listens on nothing else. */
  readonly socketFolder: string | undefined;
  /** Set where the server takes nothing without. */
  readonly tls?: true;
  readonly credentials: Credentials;
  /**
   * Said where the user may say so: an event trigger that logs each login, or each change, would write
   * rows into the database at our every look. For PostgreSQL 17 and newer; before, a login sets off none.
   */
  readonly eventTriggers?: "off";
}

/** The environment that libpq tools read their connection from; the password never goes into argv. */
export function libpqEnvironment(
  server: ServerAccess,
  database: string,
  runId: string,
): Record<string, string> {
  const { user, password } = server.credentials;
  return {
    PGHOST: server.socketFolder ?? "127.0.0.1",
    PGPORT: String(server.port),
    PGUSER: user,
    PGDATABASE: database,
    PGAPPNAME: `oakum/${runId}`,
    PGCONNECT_TIMEOUT: "15",
    // Loopback needs no TLS where the server lets it; it costs a third of the speed.
    PGSSLMODE: server.tls ? "require" : "allow",
    ...(password === undefined ? {} : { PGPASSWORD: password }),
  };
}

/**
 * A database's name for a tool's `--dbname` or `--database`: libpq takes a bare name with `=` or
 * `://` in it for a whole connection string, so it is always given as one.
 */
export function databaseArgument(database: string): string {
  return `dbname='${database.replaceAll(/[\\']/g, "\\$&")}'`;
}
