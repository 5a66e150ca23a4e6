import type { Journal } from "../backups/journal.ts";
import type { TargetName } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import { type Step, wayBack } from "../migrators/alembic/resolve.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { Sql } from "../postgres/connection.ts";
import { TargetLock } from "../postgres/locks.ts";
import type { BackupReport } from "../reports/backup.ts";
import type { MigratedStep, MigrationPlan, MigrationReport } from "../reports/migration.ts";
import type { BackupRequest } from "./backup.ts";
import type { Context } from "./context.ts";
import { tryToAdvance } from "./migrate/advance.ts";
import { comparisonWith } from "./migrate/as_rehearsed.ts";
import { openJournal, sayUnwritten } from "./open_journal.ts";
import { confirm } from "./migrate/confirm.ts";
import { explained } from "./migrate/failure.ts";
import { upgradeAgain } from "./migrate/guarded/again.ts";
import { requireSameFiles, requireSameSchema } from "./migrate/guarded/bound.ts";
import { goneBack } from "./migrate/guarded/go_back.ts";
import { lookAfter, type LookedAfter } from "./migrate/guarded/health.ts";
import { prepare, type Prepared, rehearsedAt } from "./migrate/guarded/prepare.ts";
import { journalNote, type UpgradeRequest } from "./migrate/guarded/request.ts";
import { Writers } from "./migrate/guarded/writers.ts";
import type { Sight } from "./migrate/look_again.ts";
import { readPatiently } from "./migrate/patience.ts";
import { planMigration } from "./migrate/plan.ts";
import { type Picture, sameHeads, takePicture } from "./migrate/picture.ts";
import { type BothSides, PATIENCE_MS, readBoth } from "./migrate/read_both.ts";
import { safetyBackup } from "./migrate/safety_backup.ts";
import { deadMoves, settle } from "./migrate/settle.ts";
import type { Reached } from "./migrate/standing.ts";
import { movedMeanwhile, untouched } from "./migrate/trouble.ts";
import { hasTablesWithoutVersion } from "./migrate/version_table.ts";
import { measuredBy } from "./rollback/measured_by.ts";
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
  /** The heads that a person has agreed to begin at; undefined: wherever it stands. */
  readonly from?: readonly string[] | undefined;
  /** What only an upgrade is asked to be; undefined: nothing but its steps. */
  readonly upgrade?: UpgradeRequest | undefined;
}

/**
 * Moves a database along its revisions: plan, rehearse, ask, lock, backup, then one revision at a
 * time, each re-read from a second connection, compared with its rehearsal and written into the
 * journal; then the app's health. Answers with the plan alone where nothing is to be done, or only
 * the plan was asked for.
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
  const { emit, signal, clock } = context;
  const { database } = place;
  const { upgrade, dryRun } = request;
  emit({ type: "step", step: "plan", text: `Reading the revisions of ${request.app}` });
  // What is begun is seen to its end, also after Ctrl-C.
  await using session = place.session.shielded();
  const sql = session.sql(database.name, { max: 3 });
  const dead = await deadMoves(context, { session, database }, request);
  const sides = await readBoth(sql, database, migrator, signal);
  const { from = sides.heads } = request;
  // That it is still so is looked at under the lock.
  if (!sameHeads(sides.heads, from)) throw movedMeanwhile(from, sides.heads);
  const known = [
    ...madeElsewhere(sides),
    ...(await settle(context, request, dead, sides.picture)).fates,
    ...await editedWarnings(request, sides.project.graph, sides.heads),
  ];
  const { plan, steps } = planMigration(sides, request, known);
  if (steps.length === 0) return plan;
  const journal = dryRun ? undefined : await openJournal(context, request);
  const planned = { place, sql, migrator, request, sides, plan, steps };
  const verify = request.backup?.verify;
  const { revision } = request;
  const real = { session, database };
  const preparing = { ...planned, verify, place: real, revision, keeping: request, dryRun };
  const prepared = upgrade && await prepare(context, { ...preparing, upgrade });
  if (!journal) return prepared ? { ...plan, ...toldBefore(prepared) } : plan;
  const measured = plan.direction === "downgrade"
    ? await measuredBy({ ...request, from: plan.from, to: plan.to })
    : undefined;
  await confirm(context, plan, { prepared, known, upgrade, measuredBy: measured });

  await using lock = await TargetLock.take(session, database.name, { clock, signal });
  return await applyUnderLock(context, { ...planned, prepared, lock, journal });
}

/** The first revision would make again what the app itself has made. */
function madeElsewhere({ heads, picture, state }: BothSides): string[] {
  if (!hasTablesWithoutVersion(heads, picture.fingerprint, state.versionTable)) return [];
  return [
    "There are tables, and no version that says which revision they are of; where the app made them " +
    "itself, find out which: oakum doctor --locate",
  ];
}

/** What the plan of an upgrade says beside its steps. */
function toldBefore(
  { checklist, refused }: Prepared,
): Pick<MigrationPlan, "checklist" | "refused"> {
  return { ...refused.length > 0 ? { refused } : {}, checklist };
}

/** What is applied, and with what. */
interface Planned {
  readonly place: Reached;
  readonly sql: Sql;
  readonly migrator: Migrator;
  readonly request: MigrationRequest;
  readonly sides: BothSides;
  readonly plan: MigrationPlan;
  readonly steps: readonly Step[];
  readonly prepared: Prepared | undefined;
  readonly lock: TargetLock;
  readonly journal: Journal;
}

async function applyUnderLock(context: Context, planned: Planned): Promise<MigrationReport> {
  const { place, sql, request, sides, steps, prepared } = planned;
  const { upgrade, target, dir } = request;
  const sight = { database: place.database, table: sides.state.versionTable };
  await stillAt(sides.heads, sql, sight);
  const began = context.clock.now();
  const watched = upgrade && upgrade.onFailure !== "stop";
  const writers = watched ? await Writers.watch(sql, sight) : undefined;
  const backup = await safetyBackup(context, place, request, steps[0]!.revision.id);
  const before = await stillAsPlanned(context, planned, sight);
  const run = {
    ...runOf(context, planned, backup),
    ...{ sight, before, onApplied: writers && (() => writers.note()) },
  };
  const { steps: done, stopped } = await tryToAdvance(run, steps);
  if (stopped) {
    sayUnwritten(context, run.journal);
    throw await goneBack(stopped, {
      ...{ way: upgrade?.onFailure ?? "stop", run, steps, rehearsal: prepared?.rehearsal },
      ...{ place, target, dir, backup: backup?.manifest, writers },
      ...{ services: upgrade?.services ?? [], allow: upgrade?.allow ?? [] },
    });
  }
  const tookMs = context.clock.now().getTime() - began.getTime();
  const after = upgrade && await lookAfter(context, upgrade, began);
  return report(planned, { done, backup, tookMs, after });
}

/** The files alone: whose database it is, each step asks again. */
const FILES = { database: false };

/** Somebody may have changed the files, the schema or the version while all that was done. */
async function stillAsPlanned(
  { signal }: Context,
  { sql, migrator, request: { revision, upgrade }, sides, steps, prepared }: Planned,
  sight: Sight,
): Promise<Picture> {
  if (upgrade && prepared?.rehearsal) {
    const patience = { milliseconds: PATIENCE_MS, signal };
    const reading = readPatiently(migrator, FILES, patience);
    const now = await explained("Reading the files again", reading);
    requireSameFiles(steps, sides.project, now, upgradeAgain({ revision, upgrade }));
  }
  const now = await stillAt(sides.heads, sql, sight);
  requireSameSchema(sides.picture.fingerprint, now.fingerprint);
  return now;
}

function runOf(
  context: Context,
  { sql, migrator, request, sides, plan, prepared, lock, journal }: Planned,
  backup: BackupReport | undefined,
) {
  const { upgrade } = request;
  const { rehearsal } = prepared ?? {};
  return {
    ...{ context, lock, graph: sides.project.graph },
    applying: { ...request, migrator, sql, expect: sides.expect },
    journal,
    goal: { typed: request.revision, heads: plan.to },
    backup: backup?.manifest.id ?? null,
    said: upgrade ? journalNote(upgrade, rehearsal) : {},
    rehearsed: rehearsal && comparisonWith(rehearsal, sides.state.versionTable),
  };
}

/** How a run that came to its end ended. */
interface Ended {
  readonly done: readonly MigratedStep[];
  readonly backup: BackupReport | undefined;
  readonly tookMs: number;
  readonly after: LookedAfter | undefined;
}

function report(
  { request: { direction, target }, sides, plan, steps, prepared, journal }: Planned,
  { done, backup, tookMs, after }: Ended,
): MigrationReport {
  const { graph } = sides.project;
  return {
    ...{ kind: "migration", direction, target, from: plan.from, to: plan.to, steps: done },
    backup: backup?.manifest.id ?? null,
    wayBack: direction === "upgrade" ? wayBack(graph, steps) ?? null : null,
    tookMs,
    ...(prepared ? { rehearsed: rehearsedAt(prepared) } : {}),
    ...(after ? { health: after.health } : {}),
    warnings: [
      ...[...plan.warnings, ...(backup?.warnings ?? []), ...(after?.warnings ?? [])],
      ...journal.unwritten,
    ],
  };
}

/** Others may migrate too: what was planned holds only where the plan began. */
async function stillAt(heads: readonly string[], sql: Sql, { table }: Sight): Promise<Picture> {
  const now = await takePicture(sql, table);
  if (!sameHeads(now.heads, heads)) throw movedMeanwhile(heads, now.heads);
  return now;
}
