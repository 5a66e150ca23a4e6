import postgres from "postgres";
import { OakumError } from "../core/errors.ts";
import type { CommandHost } from "../docker/run.ts";
import type { ServerAccess } from "./access.ts";
import { guardHeld } from "./held.ts";
import { findRelay } from "./relay.ts";
import { connectionLost, RelaySocket } from "./socket.ts";

/** A pool of connections to one database. */
export type Sql = postgres.Sql;
/** One connection of a pool, held until it is released. */
export type ReservedSql = postgres.ReservedSql;
/** What runs queries: a pool, a held connection or a transaction. */
export type Queryable = postgres.ISql;

/** How many milliseconds a session may wait or work before the server ends it; 0 is for ever. */
export interface SessionTimeouts {
  readonly statement?: number;
  readonly lock?: number;
  readonly idleInTransaction?: number;
}

/** Opens connections to any database of one server, through a sidecar in its network. */
export class Connections implements AsyncDisposable {
  readonly #open: Sql[] = [];

  private constructor(
    private readonly host: CommandHost,
    private readonly server: ServerAccess,
    private readonly relay: readonly string[],
    private readonly runId: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Finds a relay in `host`: a sidecar, or for a server that has only a socket its own container. */
  static async through(
    host: CommandHost,
    server: ServerAccess,
    runId: string,
    signal?: AbortSignal,
  ): Promise<Connections> {
    const target = server.socketFolder === undefined
      ? { port: server.port }
      : { socket: `${server.socketFolder}/.s.PGSQL.${server.port}` };
    const relay = await findRelay(host, target, signal);
    return new Connections(host, server, relay, runId, signal);
  }

  /** Connections that an abort does not end. */
  shielded(): Connections {
    return new Connections(this.host, this.server, this.relay, this.runId, undefined);
  }

  /**
   * A pool to one database. Every session carries the run's name, sees all rows or fails
   * (`row_security`), and has timeouts of its own, since databases and roles carry theirs.
   */
  to(database: string, options: { max?: number; timeouts?: SessionTimeouts } = {}): Sql {
    const { user, password } = this.server.credentials;
    const { statement = 0, lock = 10_000, idleInTransaction = 0 } = options.timeouts ?? {};
    let losses = 0;
    const sql = postgres({
      user,
      database,
      ...(password === undefined ? {} : { password }),
      max: options.max ?? 2,
      connect_timeout: 20,
      max_lifetime: null,
      onnotice: () => {},
      connection: {
        application_name: `oakum/${this.runId}`,
        search_path: "pg_catalog",
        row_security: "off",
        statement_timeout: statement,
        lock_timeout: lock,
        idle_in_transaction_session_timeout: idleInTransaction,
      },
      socket: () => this.#socket(() => losses++),
    } as postgres.Options<Record<string, never>>);
    this.#open.push(sql);
    const reserve = sql.reserve;
    sql.reserve = async () => {
      const held = await reserve();
      const before = losses;
      return guardHeld(held, () => losses === before ? undefined : connectionLost());
    };
    return sql;
  }

  async #socket(onClose: () => void): Promise<RelaySocket> {
    const spec = { cmd: this.relay, stdin: true };
    const exec = await this.host.engine.exec(this.host.id, spec, this.signal);
    return new RelaySocket(exec).once("close", onClose);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#open.map((sql) => sql.end({ timeout: 2 })));
  }
}

/** The five-character SQLSTATE of a server's error; undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown }).code;
  return error instanceof postgres.PostgresError && typeof code === "string" ? code : undefined;
}

/** Turns a refused connection into a sentence for people; hands back any other error as it is. */
export function connectionError(error: unknown, server: ServerAccess, database: string): unknown {
  const container = server.container.Name.slice(1);
  const { user, from } = server.credentials;
  const data = { container, user, database };
  switch (sqlState(error)) {
    case "28P01":
    case "28000":
      return new OakumError(
        "login-refused",
        "refused",
        `The server in "${container}" refused the user "${user}" (${from}): ${
          (error as Error).message
        }`,
        { hint: "Find out which address is right: oakum doctor", data, cause: error },
      );
    case "3D000":
      return new OakumError(
        "no-database",
        "notFound",
        `"${container}" has no database "${database}".`,
        {
          hint: "List them: oakum status --verbose; name one: --database SERVICE/NAME",
          data,
          cause: error,
        },
      );
    case "57P03":
      return new OakumError(
        "server-not-ready",
        "refused",
        `The server in "${container}" is not ready: ${(error as Error).message}`,
        { hint: "Wait until it is up, then try again.", data, cause: error },
      );
    default:
      return error;
  }
}
