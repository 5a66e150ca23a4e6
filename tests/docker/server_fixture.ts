import { ensureImages } from "../../docker/images.ts";
import { newRunId } from "../../src/core/run.ts";
import { Engine } from "../../src/docker/engine.ts";
import { runCommand } from "../../src/docker/run.ts";
import type { ServerAccess } from "../../src/postgres/access.ts";
import { ServerSession } from "../../src/postgres/session.ts";

/** How a test's server differs from an ordinary one. */
export interface ServerOptions {
  readonly image?: "postgres17" | "postgres15";
  /** Arguments of `postgres`, such as `-c`, `max_wal_size=64MB`. */
  readonly args?: readonly string[];
  /** Size of a file system in memory that holds the data, such as `300m`. */
  readonly tmpfs?: string;
}

/** A PostgreSQL server of a test, and the ways in that oakum does not use. */
export class TestServer implements AsyncDisposable {
  private constructor(readonly engine: Engine, readonly access: ServerAccess) {}

  /** Starts a server and waits until it answers. */
  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const name = options.image ?? "postgres17";
    const image = (await ensureImages([name]))[name];
    const engine = await Engine.connect(Deno.env.toObject());
    const id = await engine.create({
      name: `rst-test-${newRunId()}`,
      Image: image,
      Cmd: ["postgres", "-c", "log_min_messages=warning", ...options.args ?? []],
      Env: ["POSTGRES_PASSWORD=pass word'\""],
      Labels: { "oakum-test": "server" },
      HostConfig: options.tmpfs
        ? { Tmpfs: { "/var/lib/postgresql/data": `size=${options.tmpfs}` } }
        : {},
    });
    await engine.start(id);
    const container = (await engine.container(id))!;
    const credentials = { user: "postgres", password: "pass word'\"", from: "the test" };
    const server = new TestServer(engine, {
      container,
      port: 5432,
      socketFolder: undefined,
      credentials,
    });
    await server.#untilReady();
    return server;
  }

  /** Over TCP, since the server of the first start listens on its socket only. */
  async #untilReady(): Promise<void> {
    const cmd = ["pg_isready", "-q", "-h", "127.0.0.1"];
    while ((await runCommand(this, { cmd })).code !== 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get id(): string {
    return this.access.container.Id;
  }

  /** A session with a run id of its own. */
  async session(runId = newRunId()): Promise<ServerSession> {
    return await ServerSession.open(this.engine, this.access, runId);
  }

  /** Runs a script by psql, as a superuser or `user`; hands back what it printed, unaligned. */
  async psql(database: string, script: string, user = "postgres"): Promise<string> {
    const cmd = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", connection(database)];
    const result = await runCommand(this, { cmd, input: script });
    if (result.code !== 0) throw new Error(result.stderr);
    return result.stdout.trimEnd();
  }

  /** Names of the databases that a person can see, sorted. */
  async databases(): Promise<string[]> {
    const list = "select datname from pg_database where not datistemplate order by datname";
    return (await this.psql("template1", list)).split("\n");
  }

  /** Whether the server ever took a crash for one of its own, or lost its data. */
  async hasCrashed(): Promise<boolean> {
    const log = await this.engine.logTail(this.id, 100_000);
    return /reinitializing|PANIC|was terminated by signal/.test(log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.remove(this.id);
  }
}

/** psql takes a database name with `=` in it for a connection string, unless it is in one. */
function connection(database: string): string {
  return `dbname='${database.replaceAll(/[\\']/g, "\\$&")}'`;
}
