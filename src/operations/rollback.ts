import { prepareFolder } from "../backups/folder.ts";
import { Journal } from "../backups/journal.ts";
import type { TargetName } from "../backups/manifest.ts";
import { OakumError } from "../core/errors.ts";
import type { Migrator } from "../migrators/migrator.ts";
import { readTableWrites, type TableWrites, writtenBetween } from "../postgres/table_writes.ts";
import type { Sql } from "../postgres/connection.ts";
import type {
  RollbackPlan,
  RollbackReport,
  RollbackScope,
  RollbackWay,
} from "../reports/rollback.ts";
import type { BackupRequest } from "./backup.ts";
import type { Context } from "./context.ts";
import { journaled } from "./journaled.ts";
import { readHeads, sameHeads } from "./migrate/picture.ts";
import { type BothSides, readBoth } from "./migrate/read_both.ts";
import { deadMoves, settle } from "./migrate/settle.ts";
import type { Reached } from "./migrate/standing.ts";
import { movedMeanwhile, untouched } from "./migrate/trouble.ts";
import type { CloneRequest } from "./rehearse/open_copy.ts";
import { confirmRollback } from "./rollback/confirm.ts";
import { chooseWay, freeWay } from "./rollback/choose.ts";
import { freshBackup } from "./rollback/fresh_backup.ts";
import { goBack } from "./rollback/go_back.ts";
import { type Measured, measurePrices, unmeasured } from "./rollback/measure.ts";
import { writtenMeanwhile } from "./rollback/refusals.ts";
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
  readonly memory: number;
  /** Findings of a restore that are accepted, by name. */
  readonly allow: readonly string[];
  /** Services whose sessions a restore ends. */
  readonly services: readonly string[];
  readonly lockTimeoutMs: number;
  readonly retries: number;
  readonly dryRun: boolean;
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
    throw error instanceof OakumError && !progress.begun ? untouched(error) : error;
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
  { place, migrator, request }: Run,
  progress: { begun: boolean },
): Promise<RollbackPlan | RollbackReport> {
  const { emit, signal, clock } = context;
  const began = clock.now().getTime();
  emit({ type: "step", step: "plan", text: `Reading the revisions of ${request.app}` });
  await using session = place.session.shielded();
  const sql = session.sql(place.database.name, { max: 3 });
  const dead = await deadMoves(context, { ...place, session }, request);
  const sides = await readBoth(sql, place.database, migrator, signal);
  const settled = await settle(context, request, dead, sides.picture);
  const way = await findWayBack(sides.project.graph, sides.heads, request);
  const writes = await readTableWrites(sql);
  const backup = await freshBackup(context, place, request, way);
  const { prices, touched } = await measured(
    context,
    place,
    request,
    { way, sides },
    backup?.taken,
  );
  const scope: RollbackScope = {
    ...scopeOf(request, way),
    ...{ backup: backup?.taken.id ?? null, prices },
    warnings: [...settled, ...backup?.warnings ?? []],
  };
  if (request.dryRun) {
    return { kind: "rollback-plan", ...scope, way: request.via ?? freeWay(prices) ?? null };
  }
  const chosen = chooseWay(prices, request.via);
  const meanwhile = await writtenInto(sql, writes, chosen === "downgrade" ? touched : undefined);
  if (meanwhile.length > 0 && request.via === undefined) throw writtenMeanwhile(meanwhile, chosen);
  await confirmRollback(context, scope, chosen, meanwhile);
  await stillThere(sql, sides);
  progress.begun = true;
  const wayBegan = clock.now().getTime();
  const done = await recorded(
    context,
    request,
    { scope, chosen },
    () => goBack(context, { place, migrator, request, way, chosen, backup: scope.backup }),
  );
  const now = clock.now().getTime();
  const took = { tookMs: now - began, wayTookMs: now - wayBegan };
  return { kind: "rollback", ...scope, way: chosen, ...done, ...took };
}

function scopeOf({ target, app }: RollbackRequest, way: WayBack) {
  const { from, to, down, upgrade } = way;
  return {
    ...{ target, app, from, to },
    revisions: down.map(({ revision: { id, doc } }) => ({ id, doc })),
    upgrade: upgrade ? { run: upgrade.run, at: upgrade.at } : null,
    image: upgrade?.image ?? null,
  };
}

async function measured(
  context: Context,
  place: Reached,
  { clone, memory, lockTimeoutMs }: RollbackRequest,
  { way, sides }: { readonly way: WayBack; readonly sides: BothSides },
  fresh: Parameters<typeof measurePrices>[1] | undefined,
): Promise<Measured> {
  if (!fresh) {
    const why = "no fresh backup was taken, and nothing else is measured on.";
    return { prices: unmeasured(way, why), touched: [] };
  }
  const table = sides.state.versionTable;
  const measuring = { context, place, app: clone, memory, way, table, lockTimeoutMs };
  return await measurePrices(measuring, fresh);
}

/** The tables that were written to since; of those that matter, where not all do. */
async function writtenInto(
  sql: Sql,
  before: TableWrites,
  touched: readonly string[] | undefined,
): Promise<string[]> {
  const written = writtenBetween(before, await readTableWrites(sql));
  return written.filter((table) => touched === undefined || touched.includes(table));
}

/** What was measured holds only where nobody has moved the database since. */
async function stillThere(sql: Sql, { state, heads }: BothSides): Promise<void> {
  const now = await readHeads(sql, state.versionTable);
  if (!sameHeads(now, heads)) throw movedMeanwhile(heads, now);
}

/** The journal has the rollback around the steps that it is made of. */
async function recorded<T>(
  { runId, clock }: Context,
  { dir, target }: RollbackRequest,
  { scope, chosen }: { readonly scope: RollbackScope; readonly chosen: RollbackWay },
  work: () => Promise<T>,
): Promise<T> {
  const journal = new Journal(await prepareFolder(dir, target), runId, clock, "rollback-");
  const { from, to, backup, prices } = scope;
  const restores = chosen === "restore" ? prices.restore.backup : null;
  const data = { from: [...from], to: [...to], backup, restores, price: prices[chosen].verdict };
  return await journaled(journal, { operation: "rollback", step: chosen, data }, work);
}
