import type { Engine } from "../docker/engine.ts";
import type { ExecResult, RunningExec } from "../docker/exec.ts";
import { type CommandHost, runCommand } from "../docker/run.ts";
import { Sidecar } from "../docker/sidecar.ts";
import { libpqEnvironment, type ServerAccess } from "./access.ts";
import { Connections, type SessionTimeouts, type Sql } from "./connection.ts";

/**
 * All that one run does with one server: a sidecar, connections through it, and PostgreSQL's own
 * tools, which run in the sidecar too, so that their version is always the server's.
 */
export class ServerSession implements AsyncDisposable {
  private constructor(
    readonly server: ServerAccess,
    readonly runId: string,
    /** The container that tools run in: a sidecar, or the sandbox that the server itself is in. */
    readonly sidecar: CommandHost,
    private readonly connections: Connections,
    private readonly end: () => Promise<void>,
  ) {}

  static async open(
    engine: Engine,
    server: ServerAccess,
    runId: string,
    signal?: AbortSignal,
  ): Promise<ServerSession> {
    const sidecar = await Sidecar.start(engine, server.container, runId);
    return await ServerSession.within(sidecar, server, runId, signal);
  }

  /** A session through a container that is there already; both end together. */
  static async within(
    host: CommandHost & AsyncDisposable,
    server: ServerAccess,
    runId: string,
    signal?: AbortSignal,
  ): Promise<ServerSession> {
    const end = async () => await host[Symbol.asyncDispose]();
    try {
      const connections = await Connections.through(
        commandHost(server, host),
        server,
        runId,
        signal,
      );
      return new ServerSession(server, runId, host, connections, end);
    } catch (error) {
      await end();
      throw error;
    }
  }

  /**
   * The same session for what must go on when the run is aborted: to take back what it has begun.
   * Disposing it ends its own connections only.
   */
  shielded(): ServerSession {
    const connections = this.connections.shielded();
    return new ServerSession(this.server, this.runId, this.sidecar, connections, async () => {});
  }

  /** A pool of connections to one of the server's databases; ended with the session. */
  sql(database: string, options?: { max?: number; timeouts?: SessionTimeouts }): Sql {
    return this.connections.to(database, options);
  }

  /** Whether tools may fork: not in the database's own container, where a socket leaves no choice. */
  get toolsMayFork(): boolean {
    return this.server.socketFolder === undefined;
  }

  /** Where PostgreSQL's own tools run. */
  get toolHost(): CommandHost {
    return commandHost(this.server, this.sidecar);
  }

  /** Starts `pg_dump`, `pg_restore` or `psql`, connected to a database by its environment. */
  async tool(
    cmd: readonly string[],
    options: { database: string; stdin?: boolean; env?: Record<string, string> },
    signal?: AbortSignal,
  ): Promise<RunningExec> {
    const { engine, id } = this.toolHost;
    const env = { ...libpqEnvironment(this.server, options.database, this.runId), ...options.env };
    return await engine.exec(id, { cmd, env, stdin: options.stdin ?? false }, signal);
  }

  /** Runs such a tool to its end. */
  async runTool(
    cmd: readonly string[],
    options: { database: string; input?: string; env?: Record<string, string> },
    signal?: AbortSignal,
  ): Promise<ExecResult> {
    const { database, env, ...rest } = options;
    const environment = { ...libpqEnvironment(this.server, database, this.runId), ...env };
    return await runCommand(this.toolHost, { cmd, env: environment, ...rest }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connections[Symbol.asyncDispose]();
    await this.end();
  }
}

function commandHost(server: ServerAccess, sidecar: CommandHost): CommandHost {
  if (server.socketFolder === undefined) return sidecar;
  return { engine: sidecar.engine, id: server.container.Id };
}
