import postgres from "postgres";
import type { CommandHost } from "../docker/run.ts";
import type { ServerAccess } from "./access.ts";
import { RelaySocket } from "./socket.ts";

export { connectionError, sqlState } from "./connection_error.ts";

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

/** What connections go through. */
export interface Route {
  /** Where the relay runs: a sidecar, or for a server that nothing else reaches its own container. */
  readonly host: CommandHost;
  /** The command that joins its stdin and stdout to the server. */
  readonly relay: readonly string[];
  readonly server: ServerAccess;
  /** The server's major version, such as 17; undefined where its image does not say. */
  readonly major: number | undefined;
}

const CONNECT_SECONDS = 20;

/** Opens connections to any database of one server. */
export class Connections implements AsyncDisposable {
  readonly #pools: Sql[] = [];
  readonly #sockets = new Set<RelaySocket>();
  #failed: Error | undefined;

  constructor(
    private readonly route: Route,
    private readonly runId: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Connections that an abort does not end. */
  shielded(): Connections {
    return new Connections(this.route, this.runId, undefined);
  }

  /**
   * A pool to one database. A pool that loses a connection is over, since nobody can say what the
   * server did last: whatever it is asked from then on fails.
   */
  to(database: string, options: { max?: number; timeouts?: SessionTimeouts } = {}): Sql {
    const { user, password } = this.route.server.credentials;
    const sql: Sql = postgres({
      user,
      database,
      ...(password === undefined ? {} : { password }),
      max: options.max ?? 2,
      connect_timeout: CONNECT_SECONDS,
      // A connection that holds a snapshot or a lock must not be replaced by another one.
      max_lifetime: null,
      onnotice: () => {},
      connection: sessionSettings(this.runId, options.timeouts ?? {}, this.route.major),
      socket: () => this.#socket(() => sql.end({ timeout: 0 })),
    } as postgres.Options<Record<string, never>>);
    this.#pools.push(sql);
    return sql;
  }

  /** Ends every connection, now and to come, for a reason that whoever uses one is to hear. */
  fail(error: Error): void {
    this.#failed ??= error;
    for (const socket of this.#sockets) socket.destroy(error);
  }

  async #socket(onLost: () => Promise<void>): Promise<RelaySocket> {
    const { host, relay } = this.route;
    const user = host.user === undefined ? {} : { user: host.user };
    try {
      if (this.#failed) throw this.#failed;
      const exec = await host.engine.exec(
        host.id,
        { cmd: relay, stdin: true, ...user },
        this.signal,
      );
      const socket = new RelaySocket(exec, onLost);
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      return socket;
    } catch (error) {
      void onLost();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pools.map((sql) => sql.end({ timeout: 2 })));
  }
}

/**
 * What every session sets for itself, since databases and roles carry settings of their own: the
 * run's name, all rows or an error (`row_security`), timeouts, and how values and names are written.
 */
function sessionSettings(
  runId: string,
  { statement = 0, lock = 10_000, idleInTransaction = 0 }: SessionTimeouts,
  major: number | undefined,
): Record<string, string> {
  return {
    application_name: `oakum/${runId}`,
    search_path: "pg_catalog",
    row_security: "off",
    default_transaction_read_only: "off",
    // As text: postgres.js does not send a number that is 0.
    statement_timeout: String(statement),
    lock_timeout: String(lock),
    idle_in_transaction_session_timeout: String(idleInTransaction),
    ...timeoutsSince(major),
    DateStyle: "ISO",
    IntervalStyle: "postgres",
    TimeZone: "UTC",
    bytea_output: "hex",
    standard_conforming_strings: "on",
    // Compiling a query over the catalogs takes longer than the query.
    jit: "off",
  };
}

/** Settings that older servers refuse to start a session with. */
function timeoutsSince(major = 0): Record<string, string> {
  return {
    ...(major >= 14 ? { idle_session_timeout: "0" } : {}),
    ...(major >= 17 ? { transaction_timeout: "0" } : {}),
  };
}

/** Settings of a server by name; the values are our own and hold no spaces. */
export type ServerSettings = Readonly<Record<string, string>>;

/** The same for PostgreSQL's own tools, as `PGOPTIONS` has it: none of them may run out of time. */
export function toolOptions(major: number | undefined, more: ServerSettings = {}): string {
  const settings = {
    ...more,
    statement_timeout: 0,
    lock_timeout: 0,
    idle_in_transaction_session_timeout: 0,
    default_transaction_read_only: "off",
    ...timeoutsSince(major),
  };
  return Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`).join(" ");
}
