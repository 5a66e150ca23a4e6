import type { ImageName } from "../../docker/catalogue.ts";
import { newRunId } from "../../src/core/run.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { runCommand } from "../../src/docker/run.ts";
import type { ServerAccess } from "../../src/postgres/access.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { ownServer, type OwnServerOptions } from "./fixtures.ts";

/** A server of one test file, with the ways in and the looks at it that restores are judged by. */
export interface RestoreServer extends AsyncDisposable {
  readonly engine: Engine;
  readonly access: ServerAccess;
  /** The container's id. */
  readonly id: string;
  /** A session with a run of its own. */
  session(runId?: string): Promise<ServerSession>;
  /** Runs a script by psql in the container; hands back what it printed, unaligned. */
  psql(database: string, script: string, user?: string): Promise<string>;
  /** The databases that a person sees, sorted. */
  databases(): Promise<string[]>;
  /** Whether the server ever took something for a crash of its own. */
  hasCrashed(): Promise<boolean>;
}

/** Starts a server; it is gone with its data when it is disposed. */
export async function startServer(
  image: ImageName = "postgres17",
  options: OwnServerOptions = {},
): Promise<RestoreServer> {
  // Nobody cuts the power here, and a database is made and dropped in most tests.
  const args = ["-c", "fsync=off", ...options.args ?? []];
  const own = await ownServer(image, { ...options, args });
  const { engine, access } = own;
  const id = access.container.Id;
  const psql = async (database: string, script: string, user = "postgres") => {
    const cmd = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", inName(database)];
    const { code, stdout, stderr } = await runCommand({ engine, id }, { cmd, input: script });
    if (code !== 0) throw new Error(stderr);
    return stdout.trimEnd();
  };
  return {
    engine,
    access,
    id,
    psql,
    session: (runId = newRunId()) => ServerSession.open(engine, access, runId),
    databases: async () => {
      const list = "select datname from pg_database where not datistemplate order by 1";
      return (await psql("template1", list)).split("\n").sort();
    },
    hasCrashed: async () => /reinitializing|PANIC/.test(await engine.logTail(id, 100_000)),
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
}

/** psql takes a bare name with `=` in it for a connection string. */
function inName(database: string): string {
  return `dbname='${database.replaceAll(/[\\']/g, "\\$&")}'`;
}
