import { OakumError } from "../core/errors.ts";
import type { Engine } from "../docker/engine.ts";
import type { ExecResult, RunningExec } from "../docker/exec.ts";
import { inContainer } from "../docker/gone.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import { Sidecar } from "../docker/sidecar.ts";
import { type Credentials, libpqEnvironment, type ServerAccess } from "./access.ts";
import {
  connectionError,
  Connections,
  type PoolOptions,
  quietSettings,
  type Route,
  type ServerSettings,
  type Sql,
  toolOptions,
} from "./connection.ts";
import { findRoute } from "./route.ts";
import type { SidecarFacts } from "./tools.ts";

/**
 * All that one run does with one server: a sidecar, connections through it, and PostgreSQL's own
 * tools, which run in the sidecar too, so that their version is always the server's.
 */
export class ServerSession implements AsyncDisposable {
  readonly #route: Route;
  readonly #connections: Connections;
  readonly #closed = new AbortController();

  private constructor(
    readonly server: ServerAccess,
    readonly runId: string,
    readonly sidecar: CommandHost,
    route: Route,
    connections: Connections,
    private readonly end: () => Promise<void>,
  ) {
    this.#route = route;
    this.#connections = connections;
    this.#watchDatabase();
  }

  static async open(
    engine: Engine,
    server: ServerAccess,
    runId: string,
    signal?: AbortSignal,
  ): Promise<ServerSession> {
    const sidecar = await Sidecar.start(engine, server.container, runId, {
      socketFolder: server.socketFolder,
    });
    try {
      const route = await findRoute(sidecar, server, signal);
      const connections = new Connections(route, runId, signal);
      const end = () => sidecar[Symbol.asyncDispose]();
      return new ServerSession(server, runId, sidecar, route, connections, end);
    } catch (error) {
      await sidecar[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A relay need not notice that the server is gone; the engine does. */
  #watchDatabase(): void {
    const { container } = this.server;
    this.sidecar.engine.wait(container.Id, this.#closed.signal).then(
      () => this.#connections.fail(databaseStopped(container.Name.slice(1))),
      () => {},
    );
  }

  /**
   * The same session for what must go on when the run is aborted: to take back what it has begun.
   * Disposing it ends its own connections only.
   */
  shielded(): ServerSession {
    const connections = this.#connections.shielded();
    const { server, runId, sidecar } = this;
    return new ServerSession(server, runId, sidecar, this.#route, connections, async () => {});
  }

  /** The same session of a user who may not turn event triggers off; it takes this one's place. */
  async withEventTriggers(): Promise<ServerSession> {
    this.#closed.abort();
    await this.#connections[Symbol.asyncDispose]();
    const { eventTriggers: _, ...server } = this.server;
    const route = { ...this.#route, server };
    const connections = this.#connections.along(route);
    return new ServerSession(server, this.runId, this.sidecar, route, connections, this.end);
  }

  /**
   * Another user's session through the same sidecar, which an abort does not end either. Disposing
   * it ends its own connections only.
   */
  loggedInAs(credentials: Credentials): ServerSession {
    const { runId, sidecar } = this;
    // Only a superuser may turn event triggers off.
    const { eventTriggers: _, ...reached } = this.server;
    const server = { ...reached, credentials };
    const route = { ...this.#route, server };
    const connections = new Connections(route, runId, undefined);
    return new ServerSession(server, runId, sidecar, route, connections, async () => {});
  }

  /** A pool of connections to one of the server's databases; ended with the session. */
  sql(database: string, options?: PoolOptions): Sql {
    return this.#connections.to(database, options);
  }

  /** The same, once the server has let it in; else throws an `OakumError` that says why not. */
  async login(database: string, options?: PoolOptions): Promise<Sql> {
    const sql = this.sql(database, options);
    try {
      await sql`select 1`;
      return sql;
    } catch (error) {
      throw connectionError(error, this.server, database);
    }
  }

  /** Whether a pool is over, since a connection of it was lost or never came about. */
  isLost(sql: Sql): boolean {
    return this.#connections.isLost(sql);
  }

  /** Whether tools may fork: not in the database's own container, where a socket leaves no choice. */
  get toolsMayFork(): boolean {
    return this.toolHost.id === this.sidecar.id;
  }

  /** What is known of the sidecar, and so of the server's image. */
  get facts(): SidecarFacts {
    return this.#route.facts;
  }

  /** Where PostgreSQL's own tools run. */
  get toolHost(): CommandHost {
    return this.#route.host;
  }

  /** Starts `pg_dump`, `pg_restore` or `psql`, connected to a database by its environment. */
  async tool(
    cmd: readonly string[],
    options: {
      database: string;
      stdin?: boolean;
      env?: Record<string, string>;
      settings?: ServerSettings;
      /** Where it runs, if not with all others. */
      host?: CommandHost;
    },
    signal?: AbortSignal,
  ): Promise<RunningExec> {
    const { host = this.toolHost } = options;
    const env = { ...this.#environment(options.database, options.settings), ...options.env };
    const as = host.user === undefined ? {} : { user: host.user };
    const spec = { cmd, env, stdin: options.stdin ?? false, ...as };
    return await inContainer(host, host.engine.exec(host.id, spec, signal));
  }

  /** Runs such a tool to its end. */
  async runTool(
    cmd: readonly string[],
    options: { database: string; input?: string; env?: Record<string, string> },
    signal?: AbortSignal,
  ): Promise<ExecResult> {
    const { database, env, ...rest } = options;
    const environment = { ...this.#environment(database), ...env };
    const { toolHost: host } = this;
    return await inContainer(host, runCommand(host, { cmd, env: environment, ...rest }, signal));
  }

  #environment(database: string, settings?: ServerSettings): Record<string, string> {
    return {
      ...libpqEnvironment(this.server, database, this.runId),
      PGOPTIONS: toolOptions(this.#route.facts.major, {
        ...settings,
        ...quietSettings(this.#route),
      }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await this.#connections[Symbol.asyncDispose]();
    await this.end();
  }
}

function databaseStopped(name: string): OakumError {
  return new OakumError(
    "database-stopped",
    "failed",
    `The database container "${name}" stopped while oakum was at work in it.`,
    { hint: `See why: docker logs --tail 50 ${name}`, data: { container: name } },
  );
}
