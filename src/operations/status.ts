import type { MigrationState, TargetName } from "../backups/manifest.ts";
import { targetPath } from "../backups/target_path.ts";
import { messageOf } from "../core/errors.ts";
import type { MigrationProject } from "../migrators/migrator.ts";
import { branchesOf } from "../migrators/alembic/branches.ts";
import { upgradeSteps } from "../migrators/alembic/resolve.ts";
import type { Sql } from "../postgres/connection.ts";
import { hasTables, readMigrationState } from "../postgres/facts.ts";
import type { BackupLine } from "../reports/backups.ts";
import type { RevisionStatus, StatusReport } from "../reports/status.ts";
import type { OpenTarget } from "../targets/find.ts";
import type { Context } from "./context.ts";
import { changedSince } from "./changed_since.ts";
import { findLeftovers } from "./leftovers.ts";
import { journalTrouble } from "./open_journal.ts";
import { listBackups } from "./list_backups.ts";
import { failureHint } from "./migrate/failure.ts";
import { editedRevisions, type JournalOf } from "./revisions/edited.ts";
import { ownState } from "./revisions/own_state.ts";

/** What a status is taken of. */
export interface StatusRequest {
  readonly opened: OpenTarget;
  readonly name: TargetName;
  readonly dir: string;
  /** Reads the app's revisions; undefined where there is no app. */
  readonly readRevisions:
    | ((more?: { readonly database: true }) => Promise<MigrationProject>)
    | undefined;
}

/** One look at everything: nothing is changed. The session is over when the server has been asked. */
export async function status(context: Context, request: StatusRequest): Promise<StatusReport> {
  const { opened: { target, view }, name, dir, readRevisions } = request;
  const { stack, database, app } = target;
  const [{ server, state, tables, leftovers, changed }, project, listing, seen, journal] =
    await Promise.all(
      [
        askServer(context, request),
        readRevisions ? orWhyNot(context, readRevisions) : null,
        listBackups(dir, context.clock.now(), name),
        view(),
        journalTrouble(targetPath(dir, name)),
      ],
    );
  const ask = () => orWhyNot(context, () => readRevisions!({ database: true }));
  const known = project !== null && typeof project !== "string" && typeof state !== "string";
  const own = known ? await ownState(project, state, ask) : state;
  const revision = await standing(project, { state: own, tables }, { dir, target: name });
  const lines = listing.targets[0]?.backups ?? [];
  const speaking = lines.filter(speaks);
  return {
    kind: "status",
    stack: { project: stack.project, workingDir: stack.workingDir ?? null },
    database: {
      service: database.service,
      container: database.server.container.Name.slice(1),
      name: database.name,
      ...server,
      user: database.server.credentials.user,
      superuser: database.rights.superuser,
      inRecovery: database.inRecovery,
    },
    app: app
      ? {
        service: app.service,
        container: app.container.Name.slice(1),
        running: app.running,
        sameAs: app.sameAs,
        newerImage: app.newerImage?.tag ?? null,
      }
      : null,
    revision: typeof revision === "string" ? null : revision,
    revisionProblem: typeof revision === "string" ? revision : null,
    migratesAtStart: seen.services.flatMap(({ service, migratesAtStart }) =>
      migratesAtStart ? [{ service, where: migratesAtStart.where }] : []
    ),
    backups: {
      ...{ dir, count: speaking.length, last: speaking[0] ?? null },
      adopted: lines.filter(({ adopted }) => adopted !== null).length,
      future: lines.filter(({ future }) => future).length,
    },
    ...(journal ? { journal } : {}),
    changed,
    leftovers,
    origins: Object.fromEntries(target.origins),
    view: seen,
  };
}

/** Whether a backup says something of the database as it was. */
function speaks({ adopted, future }: BackupLine): boolean {
  return adopted === null && !future;
}

/** What only the server knows; the app is mostly still busy when its sidecar goes. */
async function askServer(
  context: Context,
  { opened: { target: { database, app }, session }, name, dir, readRevisions }: StatusRequest,
) {
  await using _over = session;
  const sql = session.sql(database.name, { max: 1 });
  const search = {
    engine: context.engine,
    clock: context.clock,
    sql,
    folder: targetPath(dir, name),
    containers: [database.server.container, app?.container].flatMap((one) => one?.Id ?? []),
    runId: context.runId,
  };
  const looked = { session, database: database.name, dir, target: name };
  const [server, state, tables, leftovers, changed] = await Promise.all([
    serverFacts(sql),
    readRevisions ? orWhyNot(context, () => readMigrationState(sql)) : null,
    hasTables(sql),
    findLeftovers(search),
    // Somebody may hold a table, or the folder be closed: the rest is worth seeing all the same.
    orWhyNot(context, () => changedSince(context, looked)),
  ]);
  return {
    ...{ server, state, tables, leftovers },
    changed: typeof changed === "string" ? null : changed,
  };
}

async function serverFacts(sql: Sql): Promise<{ server: string; bytes: number }> {
  const [row] = await sql<{ server: string; bytes: string }[]>`
    select current_setting('server_version') as server, pg_database_size(current_database()) as bytes`;
  return { server: row?.server ?? "?", bytes: Number(row?.bytes ?? 0) };
}

/** A status that cannot ask the app still shows everything else: the reason comes as a sentence. */
async function orWhyNot<T>({ signal }: Context, read: () => Promise<T>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    signal.throwIfAborted();
    const hint = failureHint(error);
    return hint === undefined ? messageOf(error) : `${messageOf(error)}. ${hint}`;
  }
}

/** Null where there is no app; a sentence where app or database cannot be read. */
async function standing(
  project: MigrationProject | string | null,
  { state, tables }: { state: MigrationState | string | null; tables: boolean },
  journal: JournalOf,
): Promise<RevisionStatus | string | null> {
  if (typeof project === "string" || project === null) return project;
  if (typeof state === "string") return state;
  const { graph } = project;
  const current = state?.revisions ?? [];
  const unknown = current.filter((id) => !graph.has(id));
  try {
    const steps = unknown.length > 0 ? [] : upgradeSteps(graph, "heads", current);
    return {
      current,
      heads: graph.heads(),
      pending: steps.map(({ revision: { id, doc } }) => ({ revision: id, doc })),
      unknown,
      tablesWithoutVersion: tables && current.length === 0,
      branches: branchesOf(graph, graph.heads()),
      // Who may not read the journal can still be told everything else.
      edited: await editedRevisions(journal, graph, current).catch(() => []),
    };
  } catch (error) {
    return messageOf(error);
  }
}
