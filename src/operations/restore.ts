import type { Journal } from "../backups/journal.ts";
import { both } from "../core/both.ts";
import { sayingWhere } from "../core/interrupted.ts";
import { count } from "../core/time.ts";
import { FreshDatabase } from "../postgres/fresh.ts";
import { LoadRole } from "../postgres/load_role.ts";
import { TargetLock } from "../postgres/locks.ts";
import { inMaintenance } from "../postgres/maintenance.ts";
import { createRoles } from "../postgres/roles.ts";
import type { ServerSession } from "../postgres/session.ts";
import { broughtBack, type RestorePlan, type RestoreReport } from "../reports/restore.ts";
import type { Context } from "./context.ts";
import { analyze, carryOverTo, compare } from "./restore/finish.ts";
import { journaled } from "./journaled.ts";
import { openJournal, sayUnwritten } from "./open_journal.ts";
import { requireAllowed } from "./restore/findings.ts";
import { loadLimited } from "./restore/limited.ts";
import { load } from "./restore/load.ts";
import { preflight, type PreparedLoad } from "./restore/preflight.ts";
import type { RestoreRequest } from "./restore/request.ts";
import { swapUnderLock } from "./restore/swap_in.ts";
import { hasForcedPolicies, ownershipInSandbox } from "./restore/ownership.ts";
import { asUnchanged, type Copy } from "./restore/unchanged.ts";

/**
 * Restores a backup: into a fresh database, compared with its manifest, and only then swapped with
 * the live one, which stays under another name. Whatever fails or dies before the swap's commit, the
 * live database was never touched. Answers with the plan alone for a dry run.
 */
export async function restore(
  context: Context,
  session: ServerSession,
  request: RestoreRequest,
): Promise<RestorePlan | RestoreReport> {
  // What is begun must be taken back also when the run is aborted.
  await using server = session.shielded();
  const opening = request.dryRun ? undefined : openJournal(context, request);
  const journal = await beforeAnything(context, Promise.resolve(opening));
  const checked = await beforeAnything(context, preflight(context, server, request));
  await using _mounted = checked.mounted;
  if (!journal) return checked.plan;
  requireAllowed(checked.plan.findings, request.allow);
  await beforeAnything(context, confirm(context, checked.plan));

  const { clock, signal } = context;
  await using own = request.lock ? undefined : await beforeAnything(
    context,
    TargetLock.take(server, checked.plan.database, { clock, signal }),
  );
  const lock = request.lock ?? own!;
  const began = clock.now();
  const copy: Copy = { made: false, left: false };
  const shared = { context, server, request, checked, lock, journal, began, copy };
  try {
    return await restoreUnderLock(shared);
  } catch (error) {
    sayUnwritten(context, journal);
    throw asUnchanged(error, checked.plan, signal, copy);
  }
}

/** What comes before the journal changes nothing, and says so where it is interrupted. */
async function beforeAnything<T>({ signal }: Context, work: Promise<T>): Promise<T> {
  return await sayingWhere(signal, () => "Nothing was restored.", work);
}

/** What the steps under the lock share. */
interface Restoring {
  readonly context: Context;
  readonly server: ServerSession;
  readonly request: RestoreRequest;
  readonly checked: PreparedLoad;
  readonly lock: TargetLock;
  readonly journal: Journal;
  readonly began: Date;
  readonly copy: Copy;
}

async function restoreUnderLock(restoring: Restoring): Promise<RestoreReport> {
  const { checked: { plan }, journal } = restoring;
  // Disposed of after the database: what it owns there goes with that.
  await using role = await makeRole(restoring);
  await using fresh = await makeFresh(restoring);
  await createMissingRoles(restoring);
  const data = { backup: plan.backup, database: fresh.name };
  const step = { operation: "restore", step: "load", data } as const;
  const warnings = await journaled(
    journal,
    step,
    () => loadAndProve(restoring, fresh.name, role),
  );
  const swapped = await swapIn(restoring, fresh);
  return report(restoring, swapped, warnings);
}

/** In the journal first: if this process dies before the mark is set, its name is known there. */
async function makeFresh(
  { context, server, request, checked, journal, began, copy }: Restoring,
): Promise<FreshDatabase> {
  const { plan: { loadsInto, database, backup }, tablespace } = checked;
  const shape = { ...request.backup.manifest.database, tablespace };
  const mark = { run: context.runId, purpose: "restore" as const, of: database, at: began };
  const data = { backup, database: loadsInto, of: database };
  const onLeft = (name: string, why: unknown) => {
    copy.left = true;
    context.emit(leftBehind(`database "${name}"`, why));
  };
  context.emit({ type: "step", step: "create", text: `Making the database ${loadsInto}` });
  const step = { operation: "restore", step: "create", data } as const;
  const create = () => FreshDatabase.create(server, loadsInto, shape, mark, onLeft);
  const fresh = await journaled(journal, step, create);
  copy.made = true;
  return fresh;
}

async function createMissingRoles({ context, server, checked }: Restoring): Promise<void> {
  const names = checked.plan.roles.map(({ name }) => name);
  if (names.length === 0) return;
  context.emit({ type: "step", step: "roles", text: `Creating ${count(names.length, "role")}` });
  const known = checked.roles.known;
  const leftOut = await inMaintenance(server, (sql) => createRoles(sql, names, known));
  for (const text of leftOut) context.emit({ type: "warning", code: "setting-left-out", text });
}

/** Who loads what did not begin on this server; undefined where oakum does so itself. */
async function makeRole(
  { context, server, request, checked, began }: Restoring,
): Promise<LoadRole | undefined> {
  const { limited, plan } = checked;
  if (limited === undefined) return undefined;
  context.emit({
    type: "note",
    text: `${limited} It is loaded with the rights of an ordinary owner.`,
  });
  const mark = { run: context.runId, purpose: "load" as const, of: plan.database, at: began };
  return await LoadRole.create(server, mark, {
    passesPolicies: hasForcedPolicies(request.backup.manifest),
    onLeft: (name, why) => context.emit(leftBehind(`role "${name}"`, why)),
  });
}

async function loadAndProve(
  restoring: Restoring,
  into: string,
  role: LoadRole | undefined,
): Promise<string[]> {
  const { context, server, request, checked } = restoring;
  const { plan } = checked;
  context.emit({ type: "step", step: "load", text: `Loading ${plan.backup}` });
  if (!role) return await loadOwn(restoring, into);
  const ownership = request.backup.manifest.ownership ??
    await ownershipInSandbox(context, server, request.backup);
  const loading = { server, role, request, checked, ownership, into };
  const told = await loadLimited(context, loading);
  return [...told, ...await carryOverTo(context, server, into, plan, request, true)];
}

async function loadOwn(
  { context, server, request, checked }: Restoring,
  into: string,
): Promise<string[]> {
  const { plan, folders, mounted } = checked;
  await load(context, server, { request, into, folders, mounted });
  void mounted?.[Symbol.asyncDispose](); // It goes while the rest is done; its end is waited for then.
  const [accepted, statistics] = await both(
    context.signal,
    (signal) => compare({ ...context, signal }, server, into, request),
    (signal) => analyze({ ...context, signal }, server, into),
  );
  const carried = await carryOverTo(context, server, into, plan, request, false);
  return [...accepted, ...statistics, ...carried];
}

async function swapIn(restoring: Restoring, fresh: FreshDatabase): Promise<Swapped> {
  const { context, server, request, checked: { plan }, lock, journal } = restoring;
  const { beforeSwap } = request;
  const { name } = fresh;
  const swap = { operation: "restore", live: plan.database, winner: name } as const;
  const swapped = await swapUnderLock(
    { context, server, lock, journal },
    { ...swap, keepsLive: plan.replaces !== null, beforeSwap, onCommit: () => fresh.handOver() },
  );
  return { keptAs: swapped.keptAs, endedSessions: swapped.endedSessions };
}

type Swapped = Pick<RestoreReport, "keptAs" | "endedSessions">;

function report(
  { context, request, checked: { plan }, began, journal }: Restoring,
  swapped: Swapped,
  warnings: readonly string[],
): RestoreReport {
  const { tables } = request.backup.manifest;
  const replaced = swapped.keptAs !== null;
  return {
    kind: "restore",
    target: request.target,
    backup: plan.backup,
    database: plan.database,
    ...swapped,
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    rolesCreated: plan.roles.map(({ name }) => name),
    restart: replaced ? request.services : [],
    undo: replaced ? "oakum restore --undo" : null,
    finalize: replaced ? "oakum restore --finalize" : null,
    tookMs: context.clock.now().getTime() - began.getTime(),
    warnings: [...plan.warnings, ...warnings, ...journal.unwritten],
  };
}

async function confirm({ ask }: Context, plan: RestorePlan): Promise<void> {
  const { backup, database, replaces, roles, findings, warnings } = plan;
  await ask.confirm({
    text: replaces
      ? `Restore ${backup} in the place of "${database}"?`
      : `Restore ${backup} as "${database}"?`,
    details: [
      ...broughtBack(plan, plan.takenAt),
      ...plan.loses,
      ...replaces
        ? [
          "It is loaded beside the live database and compared before it takes its place.",
          "The live one is kept under another name, so no safety backup is needed; its sessions end.",
        ]
        : [],
      ...roles.map(({ name }) => `The role "${name}" is created.`),
      ...findings.map(({ text }) => text),
      ...warnings,
    ],
  });
}

function leftBehind(what: string, why: unknown) {
  const reason = why instanceof Error ? why.message : String(why);
  return {
    type: "warning" as const,
    code: "database-left",
    text: `The ${what} could not be dropped: ${reason}`,
    hint: "It is marked as oakum's own: oakum doctor --end-leftovers",
  };
}
