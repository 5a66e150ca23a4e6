import { findBackupAt } from "../backups/find.ts";
import { type RehearsalRequest, rehearse } from "../operations/rehearse.ts";
import type { DataWish } from "../operations/rehearse/data.ts";
import { rememberRehearsal, settingsHash } from "../operations/rehearse/memory.ts";
import { COPY_MEMORY } from "../operations/rehearse/open_copy.ts";
import { planRehearsal } from "../operations/rehearse/plan.ts";
import { parseRules, requireRuleNames } from "../operations/rehearse/rules/settings.ts";
import { showRehearsalPlan } from "../terminal/views/rehearsal_plan.ts";
import { chosenContainer } from "./app_host.ts";
import { chooseClone, serviceClone } from "./clone_request.ts";
import { rehearsalResult, requireWritableOutput } from "./rehearsal_output.ts";
import type { RehearseOptions } from "./rehearse.ts";
import type { Result, Session } from "./session.ts";
import { openMigrator, openStand, requireApp, type Stand } from "./stand.ts";

/** `rehearse`. */
export async function rehearseWork(session: Session, options: RehearseOptions): Promise<Result> {
  await requireWritableOutput(session, options.output);
  requireRuleNames(options.allow, "--allow");
  await using stand = await openStand(session, { changesState: false, needsApp: true });
  const request = await requestOf(session, stand, options);
  const { context, server, target: { database } } = stand;
  const real = { session: server, database };
  if (options.dryRun) {
    await using app = await openMigrator(session, stand, options);
    const plan = await planRehearsal(context, real, app.migrator, request);
    return { report: plan, text: (page) => showRehearsalPlan(plan, page) };
  }
  const report = await rehearse(context, real, request);
  if (isWhole(options)) await rememberRehearsal(context, keepingOf(stand), report);
  return await rehearsalResult(session, report, options);
}

/** Only what an upgrade would rehearse, on data, is kept for it. */
function isWhole({ span, data }: RehearseOptions): boolean {
  return span.kind === "to" && data.kind === "backup";
}

function keepingOf({ dir, name }: Stand) {
  return { dir, target: name };
}

async function requestOf(
  session: Session,
  stand: Stand,
  options: RehearseOptions,
): Promise<RehearsalRequest> {
  const { rehearsal, backups, upgrade, app } = session.settings;
  const as = await chosenContainer(stand.context.engine, requireApp(stand.target), options.image);
  const { clone, shell } = chooseClone(session, stand, as);
  const run = options.run ?? rehearsal.run.value;
  const set = { rules: rehearsal.rules.value, run, x: app.x.value };
  const services = [...new Set([...rehearsal.services.value, ...options.services])];
  const variables = Object.keys(rehearsal.environment.value);
  const { dir, name: target } = stand;
  return {
    ...{ target, app: requireApp(stand.target).service, clone, span: options.span },
    services: await Promise.all(services.map((service) => serviceClone(stand, service))),
    data: await dataWish(session, options),
    backup: { dir, format: "custom", verify: backups.verify.value, accept: false },
    memory: rehearsal.memory.value ?? COPY_MEMORY,
    timeoutMs: options.timeoutMs,
    lockTimeoutMs: upgrade.lockTimeout.value,
    rules: parseRules(rehearsal.rules.value),
    allowed: new Set(options.allow),
    settings: settingsHash({ ...set, variables, services }),
    trials: { run, health: options.health, shell },
    baseline: options.baseline,
  };
}

async function dataWish(session: Session, { data }: RehearseOptions): Promise<DataWish> {
  if (data.kind !== "file") return { kind: data.kind === "empty" ? "empty" : "newest" };
  const { backup } = await findBackupAt(session.path(data.file));
  return { kind: "backup", backup };
}
