import { OakumError } from "../../core/errors.ts";
import { sleep } from "../../core/time.ts";
import type { Sql } from "../../postgres/connection.ts";

/** What the app's sessions are called while a run of oakum works in it. */
export function appSession(runId: string): string {
  return `oakum/${runId}/app`;
}

const LIMIT_MS = 15_000;
const PAUSE_MS = 50;

/** The app's sessions of one move: by their name, and by their backends if env.py renames them. */
export interface AppSessions {
  readonly application: string;
  readonly pids: readonly number[];
}

interface Backend {
  readonly pid: number;
  readonly since: string;
}

/**
 * Ends what the app's tool may have left on the server: the program may be gone while its statement
 * still runs, and what is read afterwards must not race with it. Answers with the backends that
 * would not end.
 */
export async function endSessions(sql: Sql, sessions: AppSessions): Promise<readonly number[]> {
  const first = await find(sql, sessions);
  const until = performance.now() + LIMIT_MS;
  for (let left = first; left.length > 0; left = stillThere(first, await find(sql, sessions))) {
    if (performance.now() > until) return left.map(({ pid }) => pid);
    await terminate(sql, sessions.application);
    await sleep(PAUSE_MS);
  }
  return [];
}

/**
 * Ends the app's sessions of a run, or throws an `OakumError` that names those that do not end: what
 * is read while they live may be another thing a moment later.
 */
export async function requireEnded(sql: Sql, runId: string): Promise<void> {
  // By name alone: a server that was restarted meanwhile has given the numbers out again.
  const left = await endSessions(sql, { application: appSession(runId), pids: [] });
  if (left.length === 0) return;
  throw new OakumError(
    "sessions-left",
    "refused",
    `The app's session of run ${runId} does not end: server process ${left.join(", ")}.`,
    {
      hint: "Until it is gone nobody knows what becomes of its work. As a superuser: " +
        left.map((pid) => `SELECT pg_terminate_backend(${pid});`).join(" "),
      data: { run: runId, pids: [...left] },
    },
  );
}

/** A backend's number is given out again; the time when it began is not. */
function stillThere(first: readonly Backend[], now: readonly Backend[]): readonly Backend[] {
  return now.filter(({ pid, since }) =>
    first.some((one) => one.pid === pid && one.since === since)
  );
}

async function find(sql: Sql, { application, pids }: AppSessions): Promise<readonly Backend[]> {
  return await sql<Backend[]>`
    select pid, coalesce(backend_start::text, '') as since from pg_stat_activity
    where application_name = ${application} or pid = any(${pids as number[]}::int[])`;
}

/** Without the right to end others' sessions the server ends them, since their client is gone. */
async function terminate(sql: Sql, application: string): Promise<void> {
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = ${application}`.catch(() => {});
}
