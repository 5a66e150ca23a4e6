import type { Migrator } from "../../migrators/migrator.ts";
import type { FailureReply } from "../../migrators/alembic/replies.ts";
import type { MigrationDatabase, MigrationProject } from "../../migrators/migrator.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { Sql } from "../../postgres/connection.ts";
import { hasTables, readMigrationState } from "../../postgres/facts.ts";
import type { Check } from "../../reports/doctor.ts";
import type { DatabaseTarget } from "../../targets/target.ts";
import { messageOf } from "../../core/errors.ts";
import { adviceOn, saidBy } from "../migrate/causes.ts";
import { failureLines, isLock } from "../migrate/failure.ts";
import { isSilent, type Patience, readPatiently } from "../migrate/patience.ts";
import { readExpectation } from "../migrate/read_both.ts";
import { tableLocked } from "../migrate/table_holders.ts";
import { editedRevisions, type JournalOf } from "../revisions/edited.ts";
import { mendEnv } from "../migrate/trouble.ts";
import { attempt, failed, ok, trouble, warning } from "./checks.ts";
import { checkEdited, checkHeads, checkPlace, type StandingApp } from "./revisions.ts";

/** An `env.py` that dials in vain is not waited for any longer. */
const LIMIT_MS = 30_000;

/** The app whose migrations are looked at, and the database that they are for. */
export interface AppOfDatabase extends StandingApp {
  /** Undefined where oakum itself is not let into it. */
  readonly database: {
    readonly target: DatabaseTarget;
    readonly sql: Sql;
    readonly journal: JournalOf;
  } | undefined;
}

/** The app's own way to its database, its revisions, and where the database stands among them. */
export async function checkApp(
  migrator: Migrator,
  app: AppOfDatabase,
  signal: AbortSignal,
  milliseconds = LIMIT_MS,
): Promise<readonly Check[]> {
  const { database, service } = app;
  const patience = { milliseconds, signal };
  if (!database) {
    return [checkHeads((await readPatiently(migrator, { database: false }, patience)).graph)];
  }
  const { project, error } = await readProject(migrator, database.sql, patience);
  const { graph, databases, databaseError } = project;
  const connection = error
    ? noConnection(service, error)
    : databaseError && isLock(databaseError)
    ? await locked(service, database.sql, databaseError)
    : checkConnection(project, service, database.target);
  return [
    connection,
    ...checkCommits(databases),
    checkHeads(graph),
    ...await attempt("behind", signal, async () => {
      const heads = databases[0]?.heads ?? (await readMigrationState(database.sql))?.revisions ??
        [];
      const edited = await attempt("edited-revision", signal, async () => {
        return checkEdited(await editedRevisions(database.journal, graph, heads));
      });
      return [...checkPlace(graph, heads, app, await hasTables(database.sql)), ...edited];
    }),
  ];
}

/**
 * The project with its database, or, where that cannot be had in time or is refused, without it and
 * why: what the scripts alone tell is worth knowing then as well.
 */
async function readProject(
  migrator: Migrator,
  sql: Sql,
  patience: Patience,
): Promise<{ readonly project: MigrationProject; readonly error?: Error }> {
  const expect = await readExpectation(sql);
  try {
    return { project: await readPatiently(migrator, { database: true, expect }, patience) };
  } catch (error) {
    if (!isSilent(error) && !(error instanceof ProgramFailure)) throw error;
    return { project: await readPatiently(migrator, { database: false }, patience), error };
  }
}

async function locked(app: string, sql: Sql, failure: FailureReply): Promise<Check> {
  const cause = new ProgramFailure(failure, "");
  return failed("app-connection", await tableLocked(sql, `env.py of ${app}`, cause));
}

function noConnection(app: string, error: Error): Check {
  if (!(error instanceof ProgramFailure)) {
    return trouble("app-connection", messageOf(error), ADDRESS);
  }
  const { failure } = error;
  const unreached = failure.kind === "connection";
  const what = unreached ? "does not reach its database" : "fails";
  const lines = [saidBy(failure), ...failureLines(failure)].join(" ").replaceAll(/\s+/g, " ");
  const mend = adviceOn(failure) ?? (unreached ? ADDRESS : mendEnv(failure));
  return trouble("app-connection", `env.py of ${app} ${what}: ${lines.trim()}`, mend);
}

const ADDRESS =
  "Mend the address that the other lines name; where none does, env.py reads another one.";

function checkConnection(
  { databases: [first], databaseError }: MigrationProject,
  app: string,
  { name, service }: DatabaseTarget,
): Check {
  if (databaseError) return noConnection(app, new ProgramFailure(databaseError, ""));
  const named = first?.address.database;
  if (!named || named === name) {
    return ok("app-connection", `env.py of ${app} reaches its database.`);
  }
  return trouble(
    "app-connection",
    `env.py of ${app} migrates "${named}", not "${name}".`,
    `Name the right one: --database ${service}/${named}`,
  );
}

function checkCommits(databases: readonly MigrationDatabase[]): Check[] {
  if (!databases.some(({ externalTransaction }) => externalTransaction)) return [];
  return [
    warning(
      "env-commits",
      "env.py begins a transaction before Alembic does: what Alembic does may never be committed.",
      "Let env.py run nothing on the connection before context.begin_transaction().",
    ),
  ];
}
