import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import type { RehearsalRequest } from "../operations/rehearse.ts";
import type { DataWish } from "../operations/rehearse/data.ts";
import { settingsHash } from "../operations/rehearse/memory.ts";
import { parseRules } from "../operations/rehearse/rules/settings.ts";
import { chosenContainer } from "./app_host.ts";
import { chooseClone, serviceClone } from "./clone_request.ts";
import { namedBackup } from "./named_backup.ts";
import type { RehearseOptions } from "./rehearse.ts";
import type { Session } from "./session.ts";
import { requireApp, type Stand } from "./stand.ts";

/** What options can say of a rehearsal, whichever verb it is for. */
export type RehearsalWish = Omit<RehearseOptions, "format" | "output" | "dryRun">;

/** What a rehearsal is asked to be, by options and settings. */
export async function rehearsalRequest(
  session: Session,
  stand: Stand,
  options: RehearsalWish,
): Promise<RehearsalRequest> {
  const { rehearsal, backups, upgrade, app } = session.settings;
  const as = await chosenContainer(stand.context.engine, requireApp(stand.target), options.image);
  const { clone, shell } = chooseClone(session, stand, as);
  const run = options.run ?? rehearsal.run.value;
  const set = { rules: rehearsal.rules.value, x: app.x.value };
  const services = [...new Set([...rehearsal.services.value, ...options.services])];
  const variables = rehearsal.environment.value;
  const environment = as.Config.Env ?? [];
  const { dir, name: target } = stand;
  return {
    ...{ target, app: requireApp(stand.target).service, clone, span: options.span },
    services: await Promise.all(services.map((service) => serviceClone(stand, service))),
    data: await dataWish(session, stand, options),
    backup: { dir, format: "custom", verify: backups.verify.value, accept: false },
    memory: rehearsal.memory.value,
    timeoutMs: options.timeoutMs ?? rehearsal.timeout.value,
    lockTimeoutMs: upgrade.lockTimeout.value,
    rules: parseRules(rehearsal.rules.value),
    allowed: new Set(options.allow),
    settings: settingsHash({ ...set, variables, environment, services }),
    trials: { run, health: options.health, shell },
    baseline: options.baseline,
  };
}

async function dataWish(session: Session, stand: Stand, wish: RehearsalWish): Promise<DataWish> {
  const { data } = wish;
  if (data.kind !== "file") return { kind: data.kind === "empty" ? "empty" : "newest" };
  const named = await namedBackup(session, stand, data.file);
  if (named.kind === "backup") return named;
  const { code, outcome, message } = named.notOurs;
  throw new OakumError(code, outcome, message, {
    hint: `Make it one first: oakum adopt ${shellWord(data.file)}; then --from takes its name, ` +
      "which oakum backups lists.",
  });
}
