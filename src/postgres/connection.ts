import postgres from "postgres";
import { inContainer } from "../docker/gone.ts";
import type { CommandHost } from "../docker/run.ts";
import type { ServerAccess } from "./access.ts";
import { ARRAY_TYPES } from "./arrays.ts";
import { RelaySocket } from "./socket.ts";
import { TlsLine } from "./tls_line.ts";
import type { SidecarFacts } from "./tools.ts";

import { sqlState } from "./connection_error.ts";

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
  readonly facts: SidecarFacts;
}

/** How a pool differs from the usual: two connections, ten seconds for a lock, no other limit. */
export interface PoolOptions {
  readonly max?: number;
  readonly timeouts?: SessionTimeouts;
  /** As the server, database and role set a session, without oakum's own settings: for reading those. */
  readonly bare?: boolean;
}

const CONNECT_SECONDS = 20;
const END_SECONDS = 2;

/** Opens connections to any database of one server. */
export class Connections implements AsyncDisposable {
  readonly #pools = new Set<Sql>();
  readonly #endings = new WeakMap<Sql, Promise<void>>();
  readonly #sockets = new Set<RelaySocket>();
  readonly #lost = new WeakSet<Sql>();
  #failed: Error | undefined;

  constructor(
    private readonly route: Route,
    private readonly runId: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Connections of the same run by another way. */
  along(route: Route): Connections {
    return new Connections(route, this.runId, this.signal);
  }

  /** Connections that an abort does not end. */
  shielded(): Connections {
    return new Connections(this.route, this.runId, undefined);
  }

  /**
   * A pool to one database. A pool that loses a connection is over, since nobody can say what the
   * server did last: whatever it is asked from then on fails. What `reserve` hands out is a
   * connection of its own, which is closed when it is released; a pool of one hands out itself, so
   * it must be one caller's alone.
   */
  to(database: string, options: PoolOptions = {}): Sql {
    const sql = this.#pool(database, options);
    sql.reserve = options.max === 1
      ? () => Promise.resolve(Object.assign(sql, { release: () => {} }))
      : () => this.#hold(database, options);
    return sql;
  }

  /** Whether a pool is over, since a connection of it was lost or never came about. */
  isLost(sql: Sql): boolean {
    return this.#lost.has(sql);
  }

  #pool(database: string, { max = 2, timeouts = {}, bare = false }: PoolOptions): Sql {
    const { user, password } = this.route.server.credentials;
    const sql: Sql = postgres({
      user,
      database,
      ...(password === undefined ? {} : { password }),
      max,
      connect_timeout: CONNECT_SECONDS,
      // A connection that holds a snapshot or a lock must not be replaced by another one.
      max_lifetime: null,
      onnotice: () => {},
      fetch_types: false,
      types: ARRAY_TYPES,
      connection: {
        ...quietSettings(this.route),
        ...bare
          ? { application_name: `oakum/${this.runId}` }
          : sessionSettings(this.runId, timeouts, this.route.facts.major),
      },
      socket: () =>
        this.#socket(() => {
          this.#lost.add(sql);
          return sql.end({ timeout: 0 });
        }),
    } as postgres.Options<typeof ARRAY_TYPES>);
    this.#pools.add(sql);
    return sql;
  }

  /**
   * A pool of one, not what postgres.js reserves: there a query that stands behind another one when
   * the connection is lost is never answered.
   */
  async #hold(database: string, options: PoolOptions): Promise<ReservedSql> {
    const own = this.#pool(database, { ...options, max: 1 });
    await own`select 1`;
    return Object.assign(own, { release: () => void this.#end(own) });
  }

  /** Ends every connection, now and to come, for a reason that whoever uses one is to hear. */
  fail(error: Error): void {
    this.#failed ??= error;
    for (const socket of this.#sockets) socket.destroy(error);
  }

  async #socket(onLost: () => Promise<void>): Promise<RelaySocket> {
    const { host, relay, server } = this.route;
    const user = host.user === undefined ? {} : { user: host.user };
    try {
      if (this.#failed) throw this.#failed;
      const spec = { cmd: relay, stdin: true, ...user };
      const exec = await inContainer(host, host.engine.exec(host.id, spec, this.signal));
      const socket = new RelaySocket(server.tls ? await TlsLine.open(exec) : exec, onLost);
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      return socket;
    } catch (error) {
      void onLost();
      throw error;
    }
  }

  /** Ends a pool once: of two calls at the same time postgres.js would leave a timer behind. */
  #end(sql: Sql): Promise<void> {
    const ending = this.#endings.get(sql) ?? sql.end({ timeout: END_SECONDS });
    this.#endings.set(sql, ending);
    return ending.then(() => void this.#pools.delete(sql));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#pools, (sql) => this.#end(sql)));
  }
}

/** With what a session sets off no event trigger, where its user may say so. */
export function quietSettings({ server, facts }: Pick<Route, "server" | "facts">): ServerSettings {
  return server.eventTriggers === "off" && (facts.major ?? 0) >= 17 ? QUIET : {};
}

const QUIET = { event_triggers: "off" } as const;

/** Whether a login was refused for `quietSettings()`: the user is no superuser. */
export function mayNotBeQuiet(error: unknown): boolean {
  return sqlState(error) === "42501" && /\bevent_triggers\b/.test((error as Error).message);
}

/** What every session sets for itself, since databases and roles carry settings of their own. */
function sessionSettings(
  runId: string,
  { statement = 0, lock = 10_000, idleInTransaction = 0 }: SessionTimeouts,
  major: number | undefined,
): Record<string, string> {
  const settings = {
    ...toolSettings(major),
    application_name: `oakum/${runId}`,
    search_path: "pg_catalog",
    // All rows or an error.
    row_security: "off",
    statement_timeout: statement,
    lock_timeout: lock,
    idle_in_transaction_session_timeout: idleInTransaction,
    TimeZone: "UTC",
    // Compiling a query over the catalogs takes longer than the query.
    jit: "off",
  };
  // postgres.js leaves out what is a number and 0.
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, `${value}`]));
}

/** PostgreSQL's own tools have their own idea of some of this, but not of all of it. */
function toolSettings(major = 0): Record<string, string | number> {
  return {
    statement_timeout: 0,
    lock_timeout: 0,
    idle_in_transaction_session_timeout: 0,
    // An older server refuses to start a session with a setting that it does not know.
    ...(major >= 14 ? { idle_session_timeout: 0 } : {}),
    ...(major >= 17 ? { transaction_timeout: 0 } : {}),
    default_transaction_read_only: "off",
    DateStyle: "ISO",
    IntervalStyle: "postgres",
    bytea_output: "hex",
    standard_conforming_strings: "on",
    quote_all_identifiers: "off",
  };
}

/** Settings of a server by name; the values are our own and hold no spaces. */
export type ServerSettings = Readonly<Record<string, string>>;

/** The same for PostgreSQL's own tools, as `PGOPTIONS` has it: none of them may run out of time. */
export function toolOptions(major: number | undefined, more: ServerSettings = {}): string {
  const settings = Object.entries({ ...more, ...toolSettings(major) });
  return settings.map(([name, value]) => `-c ${name}=${value}`).join(" ");
}
