import { listTarget } from "../../backups/list.ts";
import type { Migrator } from "../../migrators/migrator.ts";
import type { RehearsalData } from "../../reports/rehearsal.ts";
import type { RehearsalPlan } from "../../reports/rehearsal_plan.ts";
import type { Context } from "../context.ts";
import { readBoth } from "../migrate/read_both.ts";
import type { Reached } from "../migrate/standing.ts";
import type { RehearsalRequest } from "../rehearse.ts";
import { newestThatFits } from "./data.ts";
import { goneBackText, wayOf } from "./span.ts";

/** What a rehearsal would do, as the app that runs sees it; nothing is started for it. */
export async function planRehearsal(
  { signal, clock }: Context,
  real: Reached,
  migrator: Migrator,
  request: RehearsalRequest,
): Promise<RehearsalPlan> {
  const { session, database } = real;
  const sql = session.sql(database.name, { max: 1 });
  const { project: { graph }, heads } = await readBoth(sql, database, migrator, signal);
  const { target, app, clone, trials, timeoutMs } = request;
  const services = request.services.map(({ service }) => service);
  const at = request.data.kind === "empty" ? [] : heads;
  const { back, steps } = wayOf(graph, request.span, at);
  const { as } = clone;
  const health = trials.health && [...as.Config.Entrypoint, ...as.Config.Cmd].join(" ");
  return {
    ...{ kind: "rehearsal-plan", target, app, services, timeoutMs },
    from: steps[0]?.headsBefore ?? at,
    to: steps.at(-1)?.headsAfter ?? at,
    revisions: steps.map(({ revision: { id, doc, path } }) => ({ revision: id, doc, file: path })),
    data: await dataOf(real, request, clock.now()),
    image: { name: as.Config.Image, id: as.Image },
    trials: [
      ...trials.run === undefined ? [] : [{ what: "run" as const, command: trials.run }],
      ...health ? [{ what: "health" as const, command: health }] : [],
    ],
    warnings: goneBackText({ back }),
  };
}

async function dataOf(
  real: Reached,
  request: RehearsalRequest,
  now: Date,
): Promise<RehearsalData> {
  const { data, backup: { dir }, target } = request;
  if (data.kind === "empty") return { source: "empty", name: null, takenAt: null, bytes: 0 };
  const { backup } = data.kind === "backup"
    ? data
    : await newestThatFits(real, await listTarget(dir, target), now);
  if (!backup) return { source: "backup", name: null, takenAt: null, bytes: 0 };
  const { id, takenAt, database: { bytes } } = backup.manifest;
  return { source: data.kind === "backup" ? "file" : "backup", name: id, takenAt, bytes };
}
