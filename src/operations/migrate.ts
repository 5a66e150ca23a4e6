import { Journal } from "../backups/journal.ts";
import { prepareFolder } from "../backups/folder.ts";
import type { TargetName } from "../backups/manifest.ts";
import type { Migrator } from "../migrators/migrator.ts";
import { TargetLock } from "../postgres/locks.ts";
import type { MigrationPlan, MigrationReport } from "../reports/migration.ts";
import type { BackupRequest } from "./backup.ts";
import type { Context } from "./context.ts";
import { advance } from "./migrate/advance.ts";
import { planMigration } from "./migrate/plan.ts";
import { type Picture, sameHeads, takePicture } from "./migrate/picture.ts";
import { readBoth } from "./migrate/read_both.ts";
import { safetyBackup } from "./migrate/safety_backup.ts";
import { fateOf, openMoves, settle } from "./migrate/settle.ts";
import type { Reached } from "./migrate/standing.ts";
import { movedMeanwhile } from "./migrate/trouble.ts";

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
  const sides = await readBoth(sql, database, migrator, signal);
  const { project, state, expect, picture } = sides;
  const fates = await settleOpenMoves(context, { ...place, session }, request, picture);
  const { plan, steps } = planMigration(sides, request, fates);
  const [first] = steps;
  if (!first || request.dryRun) return plan;
  await confirm(context, plan);

  await using lock = await TargetLock.take(session, database.name, { clock, signal });
  const look = () => stillAt(picture.heads, takePicture(sql, state.versionTable));
  await look();
  const began = clock.now().getTime();
  const backup = await safetyBackup(context, place, request, first.revision.id);
  const run = {
    context,
    applying: { migrator, sql, expect, ...request },
    sight: { database, table: state.versionTable },
    lock,
    journal: new Journal(await prepareFolder(request.dir, request.target), runId, clock),
    graph: project.graph,
    goal: { typed: request.revision, heads: plan.to },
    before: await look(),
    backup: backup?.manifest.id ?? null,
  };
  const done = await advance(run, steps);
  return {
    kind: "migration",
    direction: request.direction,
    target: request.target,
    from: plan.from,
    to: plan.to,
    steps: done,
    backup: run.backup,
    tookMs: clock.now().getTime() - began,
    warnings: [...plan.warnings, ...(backup?.warnings ?? [])],
  };
}

/** What became of the steps during which other runs died; the journal is told. */
async function settleOpenMoves(
  context: Context,
  { session, database }: Reached,
  request: MigrationRequest,
  now: Picture,
): Promise<string[]> {
  const { clock, signal, runId, emit } = context;
  const open = await openMoves(request.dir, request.target, runId);
  if (open.length === 0) return [];
  if (request.dryRun) {
    const holder = await TargetLock.holder(session, database.name);
    if (holder !== undefined) return [`Run ${holder} is changing the database right now.`];
  } else {
    // Whose run is still at work would be locked out from here.
    await using _lock = await TargetLock.take(session, database.name, { clock, signal });
    for (const one of open) await settle(context, request, one, now);
  }
  const fates = open.map((one) => fateOf(one, now, clock.now()));
  for (const text of fates) emit({ type: "warning", code: "run-died", text });
  return fates;
}

async function confirm({ ask }: Context, plan: MigrationPlan): Promise<void> {
  const { direction, target, steps, backup, warnings } = plan;
  const n = steps.length;
  await ask.confirm({
    text: `${direction === "upgrade" ? "Apply" : "Undo"} ${n} revision${n === 1 ? "" : "s"} ${
      direction === "upgrade" ? "to" : "in"
    } "${target.database}" of ${target.project}?`,
    details: [...steps.map(({ revision, doc }) => `${revision}  ${doc}`), backup.why, ...warnings],
  });
}

/** Others may migrate too: what was planned holds only where the plan began. */
async function stillAt(heads: readonly string[], looking: Promise<Picture>): Promise<Picture> {
  const now = await looking;
  if (!sameHeads(now.heads, heads)) throw movedMeanwhile(heads, now.heads);
  return now;
}
