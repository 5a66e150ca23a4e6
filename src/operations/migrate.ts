import { Journal } from "../backups/journal.ts";
import { prepareFolder } from "../backups/folder.ts";
import type { TargetName } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import type { Step } from "../migrators/alembic/resolve.ts";
import type { Migrator } from "../migrators/migrator.ts";
import { TargetLock } from "../postgres/locks.ts";
import type { ServerSession } from "../postgres/session.ts";
import type { MigratedStep, MigrationPlan, MigrationReport } from "../reports/migration.ts";
import type { DatabaseTarget } from "../targets/target.ts";
import { backUp, type BackupRequest } from "./backup.ts";
import type { Context } from "./context.ts";
import { type Applied, applyStep } from "./migrate/apply.ts";
import { describeSteps, planMigration } from "./migrate/plan.ts";
import { type Picture, sameHeads, takePicture } from "./migrate/picture.ts";
import { readBoth } from "./migrate/read_both.ts";
import { stopError } from "./migrate/stands.ts";
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
  session: ServerSession,
  database: DatabaseTarget,
  migrator: Migrator,
  request: MigrationRequest,
): Promise<MigrationPlan | MigrationReport> {
  const { emit, runId, signal, clock } = context;
  emit({ type: "step", step: "plan", text: `Reading the revisions of ${request.app}` });
  const sql = session.sql(database.name, { max: 3 });
  const { project, state, expect, heads } = await readBoth(sql, database, migrator, signal);
  const { plan, steps } = planMigration(project, heads, request);
  if (steps.length === 0 || request.dryRun) return plan;
  await confirm(context, plan);

  await using _lock = await TargetLock.take(session, database.name, { clock, signal });
  const before = await takePicture(sql, state.versionTable);
  if (!sameHeads(before.heads, heads)) throw movedMeanwhile(heads, before.heads);
  const began = clock.now().getTime();
  const backup = await safetyBackup(context, session, database, request, steps);

  const run = {
    context,
    request,
    journal: new Journal(await prepareFolder(request.dir, request.target), runId, clock),
    applying: { migrator, sql, expect, ...request },
    picture: () => takePicture(sql, state.versionTable),
    before,
    backup: backup?.manifest.id ?? null,
  };
  const done = await applyAll(run, steps);
  return {
    kind: "migration",
    direction: request.direction,
    target: request.target,
    from: heads,
    to: steps.at(-1)?.headsAfter ?? heads,
    steps: done,
    backup: run.backup,
    tookMs: clock.now().getTime() - began,
    warnings: [...plan.warnings, ...(backup?.warnings ?? [])],
  };
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

async function safetyBackup(
  context: Context,
  session: ServerSession,
  database: DatabaseTarget,
  { backup, direction, target }: MigrationRequest,
  steps: readonly Step[],
) {
  if (!backup) return undefined;
  const reason = `before ${direction} ${steps[0]?.revision.id}`;
  const report = await backUp(context, session, database.name, { ...backup, target, reason });
  if (report.manifest.suspect.length === 0) return report;
  throw new OakumError(
    "backup-suspect",
    "refused",
    `The backup before the ${direction} looks wrong: ${report.manifest.suspect.join(" ")}`,
    {
      hint: `Look at the database. If it is right: oakum pin ${report.manifest.id}, then again.`,
      data: { backup: report.manifest.id },
    },
  );
}

interface Run {
  readonly context: Context;
  readonly request: MigrationRequest;
  readonly journal: Journal;
  readonly applying: Parameters<typeof applyStep>[2];
  readonly picture: () => Promise<Picture>;
  readonly before: Picture;
  readonly backup: string | null;
}

async function applyAll(run: Run, steps: readonly Step[]): Promise<MigratedStep[]> {
  const { context, request, journal, picture, before, backup } = run;
  const told = describeSteps(steps);
  let beforeStep = before;
  for (const [i, step] of steps.entries()) {
    context.signal.throwIfAborted();
    const { id, sha256, doc } = step.revision;
    context.emit({ type: "step", step: request.direction, text: `${verb(request)} ${id} ${doc}` });
    const intent = await journal.begin(request.direction, "apply", {
      ...{ revision: id, sha256, from: [...step.headsBefore], to: [...step.headsAfter], backup },
    });
    const applied = await applyStep(context, step, run.applying);
    const now = await picture();
    const good = proved(step, applied, now);
    told[i] = {
      ...told[i]!,
      state: good ? "applied" : "failed",
      tookMs: applied.tookMs,
      tries: applied.tries,
    };
    await intent.end(good, { heads: [...now.heads], fingerprint: now.fingerprint.sha256 });
    if (!good) {
      const interrupted = context.signal.aborted;
      throw stopError({ step, applied, before, beforeStep, now, steps: told, backup, interrupted });
    }
    beforeStep = now;
  }
  return told;
}

/** Exit code 0 proves nothing: the version table, read by us, must have moved as planned. */
function proved(step: Step, applied: Applied, now: Picture): boolean {
  return applied.error === undefined && sameHeads(now.heads, step.headsAfter);
}

function verb({ direction }: MigrationRequest): string {
  return direction === "upgrade" ? "Applying" : "Undoing";
}
