import type { TargetName } from "../backups/manifest.ts";
import { upgradeSteps } from "../migrators/alembic/resolve.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { CheckReport } from "../reports/check.ts";
import type { Context } from "./context.ts";
import { explained, metLock } from "./migrate/failure.ts";
import { type BothSides, readBoth } from "./migrate/read_both.ts";
import type { Reached } from "./migrate/standing.ts";
import { tableLocked } from "./migrate/table_holders.ts";
import { writingNotes } from "./revisions/writing.ts";

/** What `check` is asked. */
export interface CheckRequest {
  readonly target: TargetName;
  /** The app's service, for sentences. */
  readonly app: string;
}

/**
 * Whether all revisions are applied and the models agree with the database. Models are compared
 * only where they can be: in a database that is behind, every pending change would show once more.
 */
export async function check(
  context: Context,
  { session, database }: Reached,
  migrator: Migrator,
  request: CheckRequest,
): Promise<CheckReport> {
  const { emit, signal } = context;
  emit({ type: "step", step: "read", text: `Reading the revisions of ${request.app}` });
  const sql = session.sql(database.name);
  const both = await readBoth(sql, database, migrator, signal);
  const behind = whereBehind(both);
  const known = { kind: "check", ...request, heads: both.heads, ...behind } as const;
  if (behind.pending.length + behind.unknown.length > 0) {
    return { ...known, changes: null, renames: [], notes: [], agrees: false };
  }
  emit({ type: "step", step: "compare", text: "Comparing the models with the database" });
  const comparing = migrator.drift(both.expect, signal).catch(async (error) => {
    throw metLock(error) ? await tableLocked(sql, "The app", error) : error;
  });
  const { operations, renames, writing } = await explained("Comparing the models", comparing);
  return {
    ...known,
    changes: operations,
    renames,
    notes: writingNotes(writing),
    agrees: operations.length === 0,
  };
}

function whereBehind({ project: { graph }, heads }: BothSides) {
  const unknown = heads.filter((id) => !graph.has(id));
  const steps = unknown.length > 0 ? [] : upgradeSteps(graph, "heads", heads);
  return { unknown, pending: steps.map(({ revision: { id, doc } }) => ({ id, doc })) };
}
