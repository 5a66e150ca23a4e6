import { join } from "node:path";
import type { OakumEvent } from "../../../src/core/events.ts";
import { systemClock } from "../../../src/core/time.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { openAlembic } from "../../../src/migrators/alembic/open.ts";
import { type RehearsalRequest, rehearse } from "../../../src/operations/rehearse.ts";
import { parseRules } from "../../../src/operations/rehearse/rules/settings.ts";
import type { RehearsalReport } from "../../../src/reports/rehearsal.ts";
import { dialled } from "../../../src/targets/dialled.ts";
import { openTarget } from "../../../src/targets/find.ts";
import type { Target } from "../../../src/targets/target.ts";
import { searcher, wish } from "../stack.ts";
import type { Stage } from "./stage.ts";

/** How a rehearsal in this process differs. */
export interface Circumstances {
  /** The engine that it works with, of the one that it would. */
  readonly engine?: (engine: Engine) => Engine;
  readonly onEvent?: (event: OakumEvent, runId: string) => void;
}

/** Rehearses a stack in this process, where its engine and its events are at hand. */
export async function rehearseHere(
  stage: Stage,
  { engine = (one) => one, onEvent = () => {} }: Circumstances,
): Promise<RehearsalReport> {
  const found = await searcher();
  await using open = await openTarget(found, await wish(stage.folder, {}, { changesState: false }));
  const { runId } = found;
  const never = () => Promise.reject(new Error("nothing is to be asked"));
  const context = {
    ...{ ...found, engine: engine(found.engine), clock: systemClock },
    emit: (event: OakumEvent) => onEvent(event, runId),
    ask: { confirm: never, typeName: never, choose: never },
  };
  const real = { session: open.session, database: open.target.database };
  return await rehearse(context, real, requestOf(stage, open.target, found.signal));
}

function requestOf(
  { folder }: Stage,
  { stack, database, app }: Target,
  signal: AbortSignal,
): RehearsalRequest {
  if (!app) throw new Error("the stack has no app");
  const { container: as, environment, user, workdir } = app;
  const { Entrypoint, Cmd, WorkingDir } = as.Config;
  const hints = {
    ...{ workdir: undefined, config: undefined, section: undefined, x: [], user, environment },
    ...{ folders: [WorkingDir], commands: [Entrypoint, Cmd], application: "oakum/test/app" },
  };
  const dir = join(folder, "backups");
  return {
    target: { project: stack.project, service: database.service, database: database.name },
    ...{ app: app.service, span: { kind: "to", revision: "head" }, data: { kind: "newest" } },
    clone: {
      ...{ as, dialled: dialled(database, app), environment: {}, writable: [] },
      open: (host) => openAlembic(host, hints, signal, { serve: true }),
    },
    backup: { dir, format: "custom", verify: "none", accept: false },
    ...{ memory: 2 ** 30, timeoutMs: 60_000, lockTimeoutMs: 3000 },
    ...{ rules: parseRules({}), allowed: new Set(), settings: "", services: [], baseline: false },
    trials: { run: undefined, health: undefined, shell: { environment, user, workdir } },
  };
}
