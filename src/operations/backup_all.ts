import type { Setting } from "../config/source.ts";
import { OakumError } from "../core/errors.ts";
import { nearest } from "../core/similar.ts";
import { listTables } from "../postgres/facts.ts";
import type { ServerSession } from "../postgres/session.ts";
import type {
  BackupAllReport,
  BackupFailure,
  BackupPlan,
  BackupReport,
} from "../reports/backup.ts";
import { isTyped, isWanted, ownDatabases, type ServerOfStack } from "../targets/every.ts";
import type { BackupRequest } from "./backup.ts";
import { NotProved } from "./backup/not_proved.ts";
import { planBackup } from "./backup/plan.ts";
import { backUpProved } from "./backup/proved.ts";
import type { Context } from "./context.ts";
import { failureOfOne } from "./one_of_many.ts";

/** What every backup of a run over many databases is asked to be. */
export interface BackupAllRequest {
  /** The backup folder of a server's stack. */
  readonly dirOf: (server: ServerOfStack) => Promise<string>;
  /** One database only, on every server that has it, where it was typed. */
  readonly database: Setting<string | undefined>;
  readonly each: Omit<BackupRequest, "dir" | "target">;
  readonly dryRun: boolean;
}

/** Backs up every database of every server; one that fails does not keep the others from it. */
export async function backUpAll(
  context: Context,
  servers: readonly ServerOfStack[],
  request: BackupAllRequest,
): Promise<BackupAllReport> {
  const done: Done = { taken: [], planned: [], failed: [], seen: [] };
  for (const server of servers) {
    await unlessFailed(context, done, server, null, () => allOf(context, server, request, done));
  }
  const { seen, ...report } = done;
  requireNamed(request.database, report, seen);
  return { kind: "backup-all", ...report };
}

/** A name that no server has must not pass for a run with nothing to do; one that is down may have it. */
export function requireNamed(
  setting: Setting<string | undefined>,
  { failed }: Pick<BackupAllReport, "failed">,
  seen: readonly string[],
): void {
  const { value: name = "" } = setting;
  if (!isTyped(setting) || failed.length > 0 || seen.includes(name)) return;
  const candidates = [...new Set(seen)].sort();
  const meant = nearest(name, candidates);
  throw new OakumError(
    "no-database",
    "notFound",
    `No server has a database "${name}".`,
    {
      hint: (meant === undefined ? "" : `Did you mean "${meant}"? `) +
        `There is: ${candidates.join(", ") || "none"}.`,
      data: { name, candidates },
    },
  );
}

interface Done {
  readonly taken: BackupReport[];
  readonly planned: BackupPlan[];
  readonly failed: BackupFailure[];
  /** The databases of the servers that could be entered. */
  readonly seen: string[];
}

async function allOf(
  context: Context,
  server: ServerOfStack,
  { dirOf, database, each, dryRun }: BackupAllRequest,
  done: Done,
): Promise<void> {
  const dir = await dirOf(server);
  const { session, inventory } = await server.open();
  await using _ended = session;
  const names = ownDatabases(inventory);
  done.seen.push(...names);
  for (const name of names) {
    if (!isWanted(database, name)) continue;
    const { stack: { project }, service } = server;
    const request = { ...each, dir, target: { project, service, database: name } };
    await unlessFailed(context, done, server, name, async () => {
      if (database.value !== name && await isUnused(session, name)) return;
      if (dryRun) done.planned.push(await planBackup(context, session, name, request));
      else done.taken.push(await take(context, session, name, request));
    });
  }
}

/** A backup that is there is taken, also where the proof that was asked for could not be had. */
async function take(
  context: Context,
  session: ServerSession,
  database: string,
  request: BackupRequest,
): Promise<BackupReport> {
  try {
    return await backUpProved(context, session, database, request);
  } catch (error) {
    if (!(error instanceof NotProved)) throw error;
    const { code, message, hint, report } = error;
    const { project, service } = request.target;
    const text = `${project}: ${service}/${database}: ${message}`;
    context.emit({ type: "warning", code, text, ...(hint === undefined ? {} : { hint }) });
    return { ...report, notProved: message };
  }
}

/** Every server has a `postgres`; as a rule nobody keeps anything in it. */
async function isUnused(session: ServerSession, name: string): Promise<boolean> {
  return name === "postgres" && (await listTables(session.sql(name, { max: 1 }))).length === 0;
}

async function unlessFailed(
  { signal, emit }: Context,
  { failed }: Done,
  { stack: { project }, service }: ServerOfStack,
  database: string | null,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    const what = database === null ? service : `${service}/${database}`;
    const about = { what: `${project}: ${what} is not backed up`, verb: "backup", emit };
    failed.push({ project, service, database, ...failureOfOne(error, about) });
  }
}
