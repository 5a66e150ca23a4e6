import type { Migrator } from "../../migrators/migrator.ts";
import type { FailureReply } from "../../migrators/alembic/replies.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import { upgradeSteps } from "../../migrators/alembic/resolve.ts";
import type { MigrationDatabase, MigrationProject } from "../../migrators/migrator.ts";
import { ProgramFailure } from "../../migrators/alembic/run_program.ts";
import type { Sql } from "../../postgres/connection.ts";
import { readMigrationState } from "../../postgres/facts.ts";
import type { Check } from "../../reports/doctor.ts";
import type { DatabaseTarget } from "../../targets/target.ts";
import { count } from "../../core/time.ts";
import { messageOf } from "../../core/errors.ts";
import { failureLines, isLock } from "../migrate/failure.ts";
import { isSilent, type Patience, readPatiently } from "../migrate/patience.ts";
import { readExpectation } from "../migrate/read_both.ts";
import { tableLocked } from "../migrate/table_holders.ts";
import { attempt, failed, ok, trouble, warning } from "./checks.ts";

/** An `env.py` that dials in vain is not waited for any longer. */
const LIMIT_MS = 30_000;

/** The app whose migrations are looked at, and the database that they are for. */
export interface AppOfDatabase {
  readonly service: string;
  /** The image that its tag names by now, where it runs another one. */
  readonly newerImage: string | undefined;
  /** Undefined where oakum itself is not let into it. */
  readonly database: { readonly target: DatabaseTarget; readonly sql: Sql } | undefined;
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
      const heads = databases[0]?.heads ?? (await readMigrationState(database.sql))?.revisions;
      return place(graph, heads ?? [], app);
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
  const said = error instanceof ProgramFailure
    ? `env.py of ${app} does not reach its database: ${failureText(error.failure)}`
    : messageOf(error);
  return trouble(
    "app-connection",
    said,
    "Mend the address that the other lines name; where none does, env.py reads another one.",
  );
}

function failureText(failure: FailureReply): string {
  return [failure.message, ...failureLines(failure)].join(" ").replaceAll(/\s+/g, " ").trim();
}

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

function checkHeads(graph: RevisionGraph): Check {
  const heads = graph.heads();
  return heads.length > 1
    ? trouble(
      "several-heads",
      `The revisions have ${heads.length} heads: ${heads.join(", ")}.`,
      "oakum merge",
    )
    : ok("several-heads", `The revisions have one head, ${heads[0] ?? "none yet"}.`);
}

/** Where the database stands: at the heads, behind them, or where the scripts know nothing of. */
function place(graph: RevisionGraph, current: readonly string[], app: AppOfDatabase): Check[] {
  const at = current.join(", ") || "base";
  const unknown = current.filter((id) => !graph.has(id));
  if (unknown.length > 0) {
    const text = `The database is at ${unknown.join(", ")}, which the scripts of ${app.service} ` +
      "do not have: it is ahead of them, or the file was deleted.";
    const mend = app.newerImage
      ? `${app.newerImage} is newer and may have it: oakum history --new-image; then ` +
        `docker compose up -d ${app.service}`
      : "Start the image that has it, bring the file back, or place the database: " +
        "oakum stamp --purge REVISION";
    return [trouble("unknown-revision", text, mend)];
  }
  const known = ok("unknown-revision", `The scripts have the database's revision, ${at}.`);
  const pending = upgradeSteps(graph, "heads", current);
  if (pending.length === 0) return [known, ok("behind", "The database is at every head.")];
  const next = pending[0]!.revision;
  return [
    known,
    trouble(
      "behind",
      `The database is ${count(pending.length, "revision")} behind, at ${at}; the next is ` +
        `${next.id} (${next.doc}).`,
      "oakum upgrade",
    ),
  ];
}
