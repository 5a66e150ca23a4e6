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

/** Joins psql to a terminal or to pipes; `unread` where nobody wants the rest of its output. */
export type Attach = (exec: RunningExec) => Promise<"ended" | "unread">;

/**
 * Runs psql beside the database, lends it to `attach` and answers with its exit code. Where it does
 * not come to its own end, whatever it has running on the server is ended.
 */
export async function psql(
  { engine, signal }: Context,
  session: ServerSession,
  request: PsqlRequest,
  attach: Attach,
): Promise<number> {
  const { args, terminal, stdin, database } = request;
  const { id, user } = session.toolHost;
  await using exec = await engine.exec(id, {
    // The image's own psqlrc is nobody's choice.
    cmd: toolCommand("psql", ["--no-psqlrc", ...args]),
    env: environment(session, request),
    tty: terminal !== undefined,
    stdin: terminal !== undefined || stdin,
    ...(user === undefined ? {} : { user }),
  }, signal);
  let code: number | undefined;
  try {
    const end = await attach(exec);
    if (end === "ended") code = await exec.exitCode(signal);
    return code ?? 0;
  } finally {
    if (code === undefined) await endOwnSessions(session, database);
  }
}

function environment(
  session: ServerSession,
  { database, terminal }: PsqlRequest,
): Record<string, string> {
  return {
    ...libpqEnvironment(session.server, database, session.runId),
    // What is typed may hold passwords, and the file would be gone with the sidecar anyway.
    PSQL_HISTORY: "/dev/null",
    // Beside the server nothing may fork.
    ...(session.toolsMayFork ? {} : { PAGER: "", PSQL_PAGER: "" }),
    ...(terminal === undefined ? {} : { TERM: terminal, LC_CTYPE: "C.UTF-8" }),
    PGCLIENTENCODING: "UTF8",
  };
}

/** A client that goes does not stop its query: the server would finish it, and commit. */
async function endOwnSessions(session: ServerSession, database: string): Promise<void> {
  await using shielded = session.shielded();
  await shielded.sql(database, { max: 1 })`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = ${`oakum/${session.runId}`} and pid <> pg_backend_pid()`;
}
