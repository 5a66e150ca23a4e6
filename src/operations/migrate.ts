import { Journal } from "../backups/journal.ts";
import { prepareFolder } from "../backups/folder.ts";
import type { TargetName } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import { count } from "../core/time.ts";
import { wayBack } from "../migrators/alembic/resolve.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { Sql } from "../postgres/connection.ts";
import { TargetLock } from "../postgres/locks.ts";
import type { MigrationPlan, MigrationReport } from "../reports/migration.ts";
import type { BackupRequest } from "./backup.ts";
import type { Context } from "./context.ts";
import { advance } from "./migrate/advance.ts";
import type { Sight } from "./migrate/look_again.ts";
import { planMigration } from "./migrate/plan.ts";
import { type Picture, sameHeads, takePicture } from "./migrate/picture.ts";
import { readBoth } from "./migrate/read_both.ts";
import { safetyBackup } from "./migrate/safety_backup.ts";
import { deadMoves, settle } from "./migrate/settle.ts";
import type { Reached } from "./migrate/standing.ts";
import { movedMeanwhile, untouched } from "./migrate/trouble.ts";
import { editedWarnings } from "./revisions/edited.ts";

/** What an upgrade or a downgrade is asked to be. */
export interface MigrationRequest {
  readonly direction: "upgrade" | "downgrade";
  /** As a person types it: an id, `head`, `+1`, `label@head` … */
  readonly revision: string;
  readonly target: TargetName;
  /** The app's service, for sentences. */
  readonly app: string;
  /** Undefined: no backup is taken; the reason says why. */
  readonly backup: Omit<BackupRequest, "reason" | "target"> | undefined;
  readonly whyNoBackup: string;
  readonly dir: string;
  readonly lockTimeoutMs: number;
  readonly retries: number;
  readonly dryRun: boolean;
}

/**
 * Moves a database along its revisions: plan, ask, lock, backup, then one revision at a time, each
 * re-read from a second connection and written into the journal. Answers with the plan alone where
 * nothing is to be done, or only the plan was asked for.
 */
export async function migrate(
  ...run: Parameters<typeof planAndAdvance>
): Promise<MigrationPlan | MigrationReport> {
  try {
    return await planAndAdvance(...run);
  } catch (error) {
    // What fails once a step has begun says itself where the database stands.
    throw error instanceof OakumError ? untouched(error) : error;
  }
}

async function planAndAdvance(
  context: Context,
  place: Reached,
  migrator: Migrator,
  request: MigrationRequest,
): Promise<MigrationPlan | MigrationReport> {
  const { emit, runId, signal, clock } = context;
  const { database } = place;
  emit({ type: "step", step: "plan", text: `Reading the revisions of ${request.app}` });
  // What is begun is seen to its end, also after Ctrl-C.
  await using session = place.session.shielded();
  const sql = session.sql(database.name, { max: 3 });
  const dead = await deadMoves(context, { session, database }, request);
  const sides = await readBoth(sql, database, migrator, signal);
  const known = [
    ...await settle(context, request, dead, sides.picture),
    ...await editedWarnings(request, sides.project.graph, sides.heads),
  ];
  const { plan, steps } = planMigration(sides, request, known);
  const [first] = steps;
  if (!first || request.dryRun) return plan;
  await confirm(context, plan);

  await using lock = await TargetLock.take(session, database.name, { clock, signal });
  const sight = { database, table: sides.state.versionTable };
  await stillAt(sides.heads, sql, sight);
  const began = clock.now().getTime();
  const backup = await safetyBackup(context, place, request, first.revision.id);
  const run = {
    ...{ context, sight, lock, graph: sides.project.graph },
    applying: { ...request, migrator, sql, expect: sides.expect },
    journal: new Journal(await prepareFolder(request.dir, request.target), runId, clock),
    goal: { typed: request.revision, heads: plan.to },
    before: await stillAt(sides.heads, sql, sight),
    backup: backup?.manifest.id ?? null,
  };
  const done = await advance(run, steps);
  return {
    ...{ kind: "migration", direction: request.direction, target: request.target },
    ...{ from: plan.from, to: plan.to, steps: done, backup: run.backup },
    wayBack: request.direction === "upgrade" ? wayBack(run.graph, steps) ?? null : null,
    tookMs: clock.now().getTime() - began,
    warnings: [...plan.warnings, ...(backup?.warnings ?? [])],
  };
}

async function confirm({ ask }: Context, plan: MigrationPlan): Promise<void> {
  const { direction, target, steps, backup, warnings } = plan;
  const what = count(steps.length, "revision");
  const { database, project } = target;
  await ask.confirm({
    text: direction === "upgrade"
      ? `Apply ${what} to "${database}" of ${project}?`
      : `Undo ${what} in "${database}" of ${project}?`,
    details: [
      ...steps.map(({ revision, doc }) => `${revision}  ${doc}`),
      ...direction === "downgrade" ? ["What they made goes, and the data in it."] : [],
      backup.why,
      ...warnings,
    ],
  });
}

/** Others may migrate too: what was planned holds only where the plan began. */
async function stillAt(heads: readonly string[], sql: Sql, { table }: Sight): Promise<Picture> {
  const now = await takePicture(sql, table);
  if (!sameHeads(now.heads, heads)) throw movedMeanwhile(heads, now.heads);
  return now;
}
