import type { Journal } from "../backups/journal.ts";
import type { Backup } from "../backups/list.ts";
import type { TargetName } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import { interruptedWith } from "../core/interrupted.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { readSnapshot } from "../postgres/written_since.ts";
import type { Sql } from "../postgres/connection.ts";
import {
  type NamedImage,
  priceLines,
  type RollbackPlan,
  type RollbackReport,
  type RollbackScope,
  type RollbackWay,
} from "../reports/rollback.ts";
import type { BackupRequest } from "./backup.ts";
import type { Context } from "./context.ts";
import { journaled } from "./journaled.ts";
import { readHeads, sameHeads } from "./migrate/picture.ts";
import { type BothSides, readBoth } from "./migrate/read_both.ts";
import { deadMoves, settle } from "./migrate/settle.ts";
import type { Reached } from "./migrate/standing.ts";
import { movedMeanwhile, untouched } from "./migrate/trouble.ts";
import { requireRestorable } from "./restore/restorable.ts";
import { openJournal } from "./open_journal.ts";
import type { CloneRequest } from "./rehearse/open_copy.ts";
import { mountedPath } from "./revision_file/mounted.ts";
import { editedWarnings } from "./revisions/edited.ts";
import { confirmRollback } from "./rollback/confirm.ts";
import { chooseWay, freeWay } from "./rollback/choose.ts";
import { freshBackup } from "./rollback/fresh_backup.ts";
import { goBack } from "./rollback/go_back.ts";
import { type Measured, measurePrices } from "./rollback/measure.ts";
import { wasWritten, writtenWhileLoading } from "./rollback/refusals.ts";
import { writtenMeanwhile } from "./rollback/meanwhile.ts";
import { unmeasured } from "./rollback/unpriced.ts";
import { findWayBack, type WayBack } from "./rollback/way.ts";

/** What a rollback is asked to be. */
export interface RollbackRequest {
  readonly target: TargetName;
  /** The app's service, for sentences. */
  readonly app: string;
  /** The backup folder. */
  readonly dir: string;
  /** As typed; undefined: to before the last upgrade. */
  readonly to: string | undefined;
  /** Undefined: whichever way loses nothing. */
  readonly via: RollbackWay | undefined;
  /** Undefined: no fresh backup is taken, and so nothing is measured. */
  readonly backup: Omit<BackupRequest, "reason" | "target"> | undefined;
  /** How the app is cloned for the measurement, and the bytes that the copy may use. */
  readonly clone: CloneRequest;
  readonly memory: number | undefined;
  /** How long a step may take there, in milliseconds. */
  readonly stepMs: number;
  /** The app's own container: its image, and what is mounted into it. */
  readonly container: AppImage;
  /** Findings of a restore that are accepted, by name. */
  readonly allow: readonly string[];
  /** Services whose sessions a restore ends. */
  readonly services: readonly string[];
  readonly lockTimeoutMs: number;
  readonly retries: number;
  readonly dryRun: boolean;
  /** Who runs this, as far as the machine knows. */
  readonly by: string;
}

/** What a container's code comes from. */
export interface AppImage extends NamedImage {
  readonly mounts: ContainerDetail["Mounts"];
}

/**
 * Takes a database back to before its last upgrade: a fresh backup, the price of either way measured
 * on copies of it, the way that loses nothing or that a person chose, and a question. Answers with
 * the plan alone for a dry run, which takes the backup too: the prices are measured on it.
 */
export async function rollback(
  context: Context,
  place: Reached,
  migrator: Migrator,
  request: RollbackRequest,
): Promise<RollbackPlan | RollbackReport> {
  const progress = { begun: false };
  try {
    return await planAndGo(context, { place, migrator, request }, progress);
  } catch (error) {
    // What fails once the way back has begun says itself where the database stands.
    if (progress.begun) throw error;
    const interrupted = interruptedWith(error, context.signal, "Nothing was rolled back.");
    throw interrupted ?? (error instanceof OakumError ? untouched(error) : error);
  }
}

/** What a rollback works on. */
interface Run {
  readonly place: Reached;
  readonly migrator: Migrator;
  readonly request: RollbackRequest;
}

async function planAndGo(
  context: Context,
  run: Run,
  progress: { begun: boolean },
): Promise<RollbackPlan | RollbackReport> {
  const { place, request } = run;
  const { clock } = context;
  const began = clock.now().getTime();
  const journal = request.dryRun ? undefined : await openJournal(context, request);
  context.emit({ type: "step", step: "plan", text: `Reading the revisions of ${request.app}` });
  await using session = place.session.shielded();
  const sql = session.sql(place.database.name, { max: 3 });
  const priced = await price(context, { ...run, place: { ...place, session } }, sql);
  const pricingMs = clock.now().getTime() - began;
  const { scope, way, sides } = priced;
  if (!journal) {
    return { kind: "rollback-plan", ...scope, way: request.via ?? freeWay(scope.prices) ?? null };
  }
  const chosen = chooseWay(scope.prices, request);
  const looked = { request, priced, chosen, sql };
  await agree(context, looked);
  await stillThere(sql, sides);
  const beforeSwap = async () => {
    await stillThere(sql, sides);
    const doubts = await writtenSoFar(looked);
    if (doubts.length > 0) throw writtenWhileLoading(doubts, place.database.name, request);
  };
  progress.begun = true;
  const wayBegan = clock.now().getTime();
  const done = await recorded(
    journal,
    request,
    { scope, chosen },
    () => goBack(context, { ...run, way, chosen, backup: scope.backup, beforeSwap }),
  );
  const wayTookMs = clock.now().getTime() - wayBegan;
  // How long a person thought about the question is not in it.
  const took = { tookMs: pricingMs + wayTookMs, wayTookMs };
  const warnings = [...scope.warnings, ...journal.unwritten];
  return { kind: "rollback", ...scope, way: chosen, ...done, ...took, warnings };
}

/** What is undone, what either way costs, and as of when. */
interface Priced {
  readonly way: WayBack;
  readonly sides: BothSides;
  readonly scope: RollbackScope;
  /** Tables that a downgrade takes something from. */
  readonly touched: readonly string[];
  readonly fresh: Backup | undefined;
  /** The transactions that were over before the fresh backup. */
  readonly snapshot: string;
}

async function price(context: Context, run: Run, sql: Sql): Promise<Priced> {
  const { place, migrator, request } = run;
  const dead = await deadMoves(context, place, request);
  const sides = await readBoth(sql, place.database, migrator, context.signal);
  const { fates, unwritten } = await settle(context, request, dead, sides.picture);
  const { project: { graph }, heads } = sides;
  const way = await findWayBack(graph, heads, { ...request, unwritten, now: context.clock.now() });
  const edited = await editedWarnings(request, graph, heads);
  await requireWayBack(context, run, way, sides);
  const snapshot = await readSnapshot(sql);
  const backup = await freshBackup(context, place, request, way);
  const fresh = backup?.taken;
  const { prices, touched } = await measured(context, run, { way, sides }, fresh);
  const warnings = [...fates, ...edited, ...backup?.warnings ?? []];
  const scope = { ...scopeOf(request, way), backup: fresh?.id ?? null, prices, warnings };
  return { way, sides, scope, touched, fresh, snapshot };
}

/** What a restore that was chosen would be refused for is said before everything is measured. */
async function requireWayBack(
  context: Context,
  { place, request: { via, target, dir, allow } }: Run,
  { restore }: WayBack,
  { picture }: BothSides,
): Promise<void> {
  if (via !== "restore" || !("can" in restore)) return;
  const schema = picture.fingerprint.rows;
  await requireRestorable(context, place.session, { target, dir, allow, schema });
}

/** What was measured, and where it can be seen whether it is still so. */
interface Looked {
  readonly request: RollbackRequest;
  readonly priced: Priced;
  readonly chosen: RollbackWay;
  readonly sql: Sql;
}

/** Asks; and what was measured must still be so after the answer. */
async function agree(context: Context, looked: Looked): Promise<void> {
  const { priced: { scope }, chosen } = looked;
  await confirmRollback(context, scope, chosen, await writtenSoFar(looked));
  const doubts = await writtenSoFar(looked);
  if (doubts.length > 0) throw wasWritten(doubts, chosen, looked.request);
}

/** What others wrote that is in no price; who has chosen the way goes it whatever it loses. */
async function writtenSoFar({ request, priced, chosen, sql }: Looked): Promise<string[]> {
  const { fresh, snapshot, sides, touched } = priced;
  if (request.via !== undefined || !fresh) return [];
  const only = chosen === "downgrade" ? touched : undefined;
  return await writtenMeanwhile(sql, sides, { ...fresh, snapshot }, only);
}

function scopeOf({ target, app, container }: RollbackRequest, way: WayBack) {
  const { name, id, mounts } = container;
  const { from, to, down, upgrade } = way;
  return {
    ...{ target, app, from, to },
    revisions: down.map(({ revision: { id, doc } }) => ({ id, doc })),
    upgrade: upgrade ? { run: upgrade.run, at: upgrade.at } : null,
    image: upgrade?.image ?? null,
    runs: { name, id },
    mounted: mountedPath(mounts, down[0]?.revision.path ?? "/")?.source ?? null,
  };
}

async function measured(
  context: Context,
  { place, request: { clone, memory, lockTimeoutMs, stepMs } }: Run,
  { way, sides }: { readonly way: WayBack; readonly sides: BothSides },
  fresh: Backup | undefined,
): Promise<Measured> {
  if (!fresh) {
    const why = "no fresh backup was taken, and nothing else is measured on.";
    return { prices: unmeasured(way, why), touched: [] };
  }
  const table = sides.state.versionTable;
  const measuring = { context, place, app: clone, memory, way, table, lockTimeoutMs, stepMs };
  return await measurePrices(measuring, fresh);
}

/** What was measured holds only where nobody has moved the database since. */
async function stillThere(sql: Sql, { state, heads }: BothSides): Promise<void> {
  const now = await readHeads(sql, state.versionTable);
  if (!sameHeads(now, heads)) throw movedMeanwhile(heads, now);
}

/** The journal has the rollback around the steps that it is made of. */
async function recorded<T>(
  journal: Journal,
  { by, via, allow }: RollbackRequest,
  { scope, chosen }: { readonly scope: RollbackScope; readonly chosen: RollbackWay },
  work: () => Promise<T>,
): Promise<T> {
  const { from, to, backup, prices } = scope;
  const restores = chosen === "restore" ? prices.restore.backup : null;
  const price = prices[chosen];
  const data = {
    ...{ from: [...from], to: [...to], backup, restores, price: price.verdict },
    ...{ by, via: via ?? null, allowed: [...allow], loses: priceLines(price).slice(1) },
  };
  return await journaled(journal, { operation: "rollback", step: chosen, data }, work);
}
