import type { TargetName } from "../backups/manifest.ts";
import { both } from "../core/both.ts";
import { OakumError } from "../core/errors.ts";
import { rfc3339 } from "../core/time.ts";
import type { RehearsalReport } from "../reports/rehearsal.ts";
import { verdictOf } from "../reports/rehearsal_verdict.ts";
import type { BackupRequest } from "./backup.ts";
import type { Context } from "./context.ts";
import { headsText, readHeads, sameHeads } from "./migrate/picture.ts";
import { type BothSides, readBoth } from "./migrate/read_both.ts";
import type { Reached } from "./migrate/standing.ts";
import { type Copy, DataNotKept } from "./rehearse/copy.ts";
import { chooseData, type ChosenData, type DataWish } from "./rehearse/data.ts";
import { MadeFirst } from "./rehearse/made_first.ts";
import { findDrift, keepBaseline } from "./rehearse/drift.ts";
import { notReached } from "./rehearse/not_reached.ts";
import { type CloneRequest, openCopy } from "./rehearse/open_copy.ts";
import { noteDamage, proveBackup } from "./rehearse/prove_backup.ts";
import { judgeWhole } from "./rehearse/rules/judge.ts";
import type { RuleSettings } from "./rehearse/rules/settings.ts";
import type { ServiceClone } from "./rehearse/services.ts";
import { goneBackText, nothingPendingText, type Span, type Way, wayOf } from "./rehearse/span.ts";
import { type TrialWish, tryApp } from "./rehearse/trials.ts";
import { walk } from "./rehearse/walk.ts";
import { goStraight, type Walk } from "./rehearse/walking.ts";

/** What a rehearsal is asked to be. */
export interface RehearsalRequest {
  readonly target: TargetName;
  /** The app's service, for sentences. */
  readonly app: string;
  readonly clone: CloneRequest;
  readonly span: Span;
  readonly data: DataWish;
  /** How a backup is taken, where none fits; its folder also keeps what is known. */
  readonly backup: Omit<BackupRequest, "reason" | "target">;
  /** Bytes. */
  readonly memory: number | undefined;
  /** Milliseconds that one step may take. */
  readonly timeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly rules: RuleSettings;
  /** Findings that are accepted, by name. */
  readonly allowed: ReadonlySet<string>;
  /** The hash of what it is set to; see `settingsHash()`. */
  readonly settings: string;
  readonly trials: Omit<TrialWish, "timeoutMs">;
  /** Other services that the sandbox has, too. */
  readonly services: readonly ServiceClone[];
  /** Whether today's model drift is recorded as known. */
  readonly baseline: boolean;
}

/**
 * Tries revisions on a copy of the data: choose the data, make the copy, prove the backup by it, go
 * over each revision up, down and up again, compare the models, try the app, judge. The real database
 * is only read.
 */
export async function rehearse(
  context: Context,
  real: Reached,
  request: RehearsalRequest,
): Promise<RehearsalReport> {
  const began = performance.now();
  const { target, backup } = request;
  const chosen = await chooseData(context, real, { wish: request.data, target, backup });
  const on = (keepsData: boolean) =>
    rehearseWith(context, real, request, { chosen, began, keepsData });
  // Of an empty database a second copy costs nothing.
  return await on(chosen.source.kind === "empty").catch((error) => {
    if (!(error instanceof DataNotKept)) throw error;
    const text = "A revision does more than its text tells: " +
      "starting again, with a second copy of the data to compare with";
    context.emit({ type: "note", text });
    return on(true);
  });
}

interface Beginning {
  readonly chosen: ChosenData;
  readonly began: number;
  readonly keepsData: boolean;
}

async function rehearseWith(
  context: Context,
  real: Reached,
  request: RehearsalRequest,
  { chosen, began, keepsData }: Beginning,
): Promise<RehearsalReport> {
  const opened = performance.now();
  const { source } = chosen;
  const { clone: app, memory, services } = request;
  const opening = openCopy(context, { source, real, app, memory, services });
  await using copy = await opening.catch(async (error) => {
    if (source.kind === "backup") await noteDamage(context, source.backup, error);
    throw error;
  });
  return await copy.use(async () => {
    // The data of a backup is kept on the second try alone, and by then it is proved.
    if (source.kind === "backup" && !keepsData) await proveBackup(context, copy, source.backup);
    if (source.kind === "empty") copy.madeFirst = await madeFirst(context, copy, real);
    const sides = await readCopy(real, copy);
    const copyMs = Math.round(performance.now() - opened);
    const rehearsed = await rehearseOn(context, copy, sides, { ...request, keepsData });
    return report(context, request, { ...rehearsed, copy, chosen, copyMs, began });
  });
}

async function madeFirst(context: Context, copy: Copy, real: Reached): Promise<MadeFirst> {
  return await MadeFirst.make(context, copy, real).catch((error) => {
    throw notReached(error, copy.app.leftOut);
  });
}

/** Reads the project where it leads to the copy, while that gathers the statistics of a live one. */
async function readCopy({ database }: Reached, copy: Copy): Promise<BothSides> {
  const read = (stop: AbortSignal) =>
    readBoth(copy.sql(), database, copy.migrator, stop, { sandbox: copy.sandbox.mark });
  const [sides] = await both(copy.signal, read, () => copy.sql()`analyze`).catch((error) => {
    throw notReached(error, copy.app.leftOut);
  });
  return sides;
}

async function rehearseOn(
  context: Context,
  copy: Copy,
  sides: BothSides,
  request: RehearsalRequest & Pick<Walk, "keepsData">,
) {
  const { timeoutMs, lockTimeoutMs, rules, allowed, keepsData } = request;
  const { project: { graph }, state: { versionTable: table }, expect, heads } = sides;
  await startBeside(context, copy, request, sides);
  const way = wayOf(graph, request.span, heads);
  const run = { context, copy, expect, table, timeoutMs, lockTimeoutMs, rules, allowed, keepsData };
  await goStraight(run, [...way.back, ...way.ahead]);
  const revisions = await walk(run, way.steps);
  const went = revisions.every(({ failure }) => failure === null);
  return { ...await tryOnNew(run, request, sides, way, went), sides, way, revisions };
}

/** Services come when the data is there and the app is known to lead to it; none may migrate. */
async function startBeside(
  context: Context,
  copy: Copy,
  { services }: RehearsalRequest,
  { heads, state }: BothSides,
): Promise<void> {
  if (services.length === 0) return;
  await copy.startServices(context, services);
  const now = await readHeads(copy.sql(), state.versionTable);
  if (sameHeads(now, heads)) return;
  throw new OakumError(
    "service-migrates",
    "refused",
    `A service migrates when it starts: the copy is at ${headsText(now)} before it is rehearsed.`,
    { hint: "Leave it out of rehearsal.services. Nothing of yours was touched." },
  );
}

/** What can be tried once every revision is applied. */
async function tryOnNew(
  { context, copy, expect }: Walk,
  request: RehearsalRequest,
  { project: { graph }, heads }: BothSides,
  { steps }: Way,
  went: boolean,
) {
  if (!went) return { drift: null, trials: [] };
  const { target, backup: { dir }, timeoutMs } = request;
  const at = new Set(steps.at(-1)?.headsAfter ?? heads);
  const newest = graph.heads("all").every((id) => at.has(id));
  const drift = newest ? await findDrift(context, copy, expect, { dir, target }) : null;
  if (request.baseline) await keepBaseline(context, { dir, target }, drift);
  const trials = await tryApp(context, copy, expect, { ...request.trials, timeoutMs });
  return { drift, trials };
}

type Rehearsed = Awaited<ReturnType<typeof rehearseOn>> & {
  readonly copy: Copy;
  readonly chosen: ChosenData;
  readonly copyMs: number;
  readonly began: number;
};

function report(
  { clock }: Context,
  request: RehearsalRequest,
  { sides, way, revisions, drift, trials, copy, chosen, copyMs, began }: Rehearsed,
): RehearsalReport {
  const { rules: settings, allowed, target, app } = request;
  const { steps } = way;
  const from = steps[0]?.headsBefore ?? sides.heads;
  const pending = steps.map(({ revision: { id } }) => id);
  const { graph } = sides.project;
  const findings = judgeWhole({ settings, allowed, graph, from, pending, drift, trials });
  return {
    ...{ kind: "rehearsal", target, app, from, to: steps.at(-1)?.headsAfter ?? from },
    verdict: verdictOf({ revisions, findings }),
    data: chosen.data,
    image: { name: copy.as.Config.Image, id: copy.as.Image },
    fingerprint: chosen.fingerprint ?? sides.picture.fingerprint.sha256,
    scripts: sides.project.scriptsSha256,
    ...{ settings: request.settings, revisions, drift, trials, findings },
    takenBack: way.back.map(({ revision: { id } }) => id),
    unseen: way.ahead.map(({ revision: { id } }) => id),
    rehearsedAt: rfc3339(clock.now()),
    tookMs: Math.round(performance.now() - began),
    copyMs,
    warnings: [
      ...chosen.warnings,
      ...copy.app.leftOut,
      ...copy.madeFirst?.told ?? [],
      ...goneBackText(way),
      ...nothingPendingText(way),
    ],
  };
}
