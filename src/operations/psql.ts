import type { RunningExec } from "../docker/exec.ts";
import { libpqEnvironment } from "../postgres/access.ts";
import type { ServerSession } from "../postgres/session.ts";
import { toolCommand } from "../postgres/tools.ts";
import type { Context } from "./context.ts";

/** How psql is started. */
export interface PsqlRequest {
  readonly database: string;
  /** Arguments for psql itself. */
  readonly args: readonly string[];
  /** What the terminal calls itself (`TERM`); undefined where there is no terminal. */
  readonly terminal: string | undefined;
  /** Whether stdin is handed on. */
  readonly stdin: boolean;
}

/**
 * Runs psql beside the database and lends it to `attach`, which joins it to a terminal or to pipes.
 * When oakum is told to stop, so is whatever psql has running on the server.
 */
export async function psql(
  { engine, signal }: Context,
  session: ServerSession,
  { database, args, terminal, stdin }: PsqlRequest,
  attach: (exec: RunningExec) => Promise<void>,
): Promise<number> {
  const tty = terminal !== undefined;
  await using exec = await engine.exec(session.toolHost.id, {
    cmd: toolCommand("psql", args),
    env: {
      ...libpqEnvironment(session.server, database, session.runId),
      ...(tty ? { TERM: terminal } : {}),
    },
    tty,
    stdin: tty || stdin,
  }, signal);
  try {
    await attach(exec);
    return await exec.exitCode(signal);
  } finally {
    if (signal.aborted) await endOwnSessions(session, database);
  }
}

/** A client that goes does not stop its query: the server would finish it, and commit. */
async function endOwnSessions(session: ServerSession, database: string): Promise<void> {
  await using shielded = session.shielded();
  await shielded.sql(database, { max: 1 })`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = ${`oakum/${session.runId}`} and pid <> pg_backend_pid()`;
}
