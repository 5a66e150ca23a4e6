import type { Migrator } from "../../migrators/migrator.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { Check } from "../../reports/doctor.ts";
import type { DatabaseTarget } from "../../targets/target.ts";
import { appliedAt, upgradeSteps } from "../../migrators/alembic/resolve.ts";
import { failed, ok, trouble, warning } from "./checks.ts";
import { readMigrationState } from "../../postgres/facts.ts";

/** The app's own way to its database, its revisions, and where the database stands among them. */
export async function checkApp(
  migrator: Migrator,
  session: ServerSession,
  database: DatabaseTarget,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const project = await migrator.read({ database: true }, signal);
  const { graph, databases, databaseError } = project;
  const [first] = databases;
  const connection = databaseError
    ? [
      trouble(
        "app-connection",
        `The app does not reach its database: ${databaseError.message}`,
        "Compare its address with what the database was made with: docker compose config",
      ),
    ]
    : first?.address.database && first.address.database !== database.name
    ? [
      trouble(
        "app-connection",
        `The app migrates "${first.address.database}", not "${database.name}".`,
        `Name the right one: --database ${database.service}/${first.address.database}`,
      ),
    ]
    : [ok("app-connection", "The app's env.py reaches its database.")];
  const commits = databases.some(({ externalTransaction }) => externalTransaction)
    ? [
      warning(
        "env-commits",
        "env.py begins a transaction before Alembic does: what Alembic does may never be committed.",
        "Let env.py run nothing on the connection before context.begin_transaction().",
      ),
    ]
    : [];
  const heads = graph.heads();
  const branches = heads.length > 1
    ? [
      trouble(
        "several-heads",
        `The revisions have ${heads.length} heads: ${heads.join(", ")}.`,
        "oakum merge",
      ),
    ]
    : [ok("several-heads", `The revisions have one head, ${heads[0] ?? "none yet"}.`)];
  const state = await readMigrationState(session.sql(database.name));
  const current = first?.heads ?? state?.revisions ?? [];
  return [...connection, ...commits, ...branches, ...place(graph, current)];
}

function place(graph: Parameters<typeof appliedAt>[0], current: readonly string[]): Check[] {
  try {
    appliedAt(graph, current);
  } catch (error) {
    return [failed("unknown-revision", error)];
  }
  const pending = upgradeSteps(graph, "heads", current);
  if (pending.length === 0) return [ok("behind", "The database is at every head.")];
  return [
    warning("behind", `The database is ${pending.length} revisions behind.`, "oakum upgrade"),
  ];
}
