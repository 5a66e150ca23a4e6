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
    readonly sidecar: Sidecar,
    private readonly connections: Connections,
  ) {}

  static async open(
    engine: Engine,
    server: ServerAccess,
    runId: string,
    signal?: AbortSignal,
  ): Promise<ServerSession> {
    const sidecar = await Sidecar.start(engine, server.container, runId);
    try {
      const host = commandHost(engine, server, sidecar);
      const connections = await Connections.through(host, server, runId, signal);
      return new ServerSession(server, runId, sidecar, connections);
    } catch (error) {
      await sidecar[Symbol.asyncDispose]();
      throw error;
    }
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
    return commandHost(this.sidecar.engine, this.server, this.sidecar);
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
    await this.sidecar[Symbol.asyncDispose]();
  }
}

function commandHost(engine: Engine, server: ServerAccess, sidecar: Sidecar): CommandHost {
  return server.socketFolder === undefined ? sidecar : { engine, id: server.container.Id };
}
