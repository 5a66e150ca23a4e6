import type { Ask } from "../../core/ask.ts";
import type { Migrator } from "../../migrators/migrator.ts";
import type { RollbackReport, RollbackWay } from "../../reports/rollback.ts";
import type { Context } from "../context.ts";
import { migrate } from "../migrate.ts";
import type { Reached } from "../migrate/standing.ts";
import { restore } from "../restore.ts";
import type { RollbackRequest } from "../rollback.ts";
import type { WayBack } from "./way.ts";

/** The way that is gone, and with what. */
export interface Going {
  readonly place: Reached;
  readonly migrator: Migrator;
  readonly request: RollbackRequest;
  readonly way: WayBack;
  readonly chosen: RollbackWay;
  /** The backup that was taken first. */
  readonly backup: string | null;
  /** Throws where what was agreed to is not so any more: looked at again after a restore's load. */
  readonly beforeSwap: () => Promise<void>;
}

type Done = Pick<RollbackReport, "migration" | "restored">;

/** Goes the way that was asked about; the operations that it is made of do not ask again. */
export async function goBack(context: Context, going: Going): Promise<Done> {
  const asked = { ...context, ask: agreed(context.ask) };
  return going.chosen === "downgrade" ? await down(asked, going) : await back(asked, going);
}

async function down(
  context: Context,
  { place, migrator, request, way, backup }: Going,
): Promise<Done> {
  if (!("can" in way.downgrade)) throw new TypeError("a way that cannot be gone was chosen");
  const report = await migrate(context, place, migrator, {
    ...{ target: request.target, app: request.app, dir: request.dir },
    ...{ lockTimeoutMs: request.lockTimeoutMs, retries: request.retries },
    ...{ direction: "downgrade", revision: way.downgrade.can, dryRun: false },
    from: way.from,
    backup: undefined,
    whyNoBackup: backup === null ? "No backup is taken." : `The backup ${backup} was taken first.`,
  });
  if (report.kind !== "migration") throw new TypeError("a downgrade answered with its plan");
  return { migration: report, restored: null };
}

async function back(context: Context, { place, request, way, beforeSwap }: Going): Promise<Done> {
  if (!("can" in way.restore)) throw new TypeError("a way that cannot be gone was chosen");
  const { target, dir, allow, services } = request;
  const report = await restore(context, place.session, {
    ...{ backup: way.restore.can, target, dir, allow, services },
    ...{
      into: undefined,
      jobs: undefined,
      createRoles: false,
      owner: true,
      dryRun: false,
      beforeSwap,
    },
  });
  if (report.kind !== "restore") throw new TypeError("a restore answered with its plan");
  return { migration: null, restored: report };
}

/** The person has agreed to all of it. */
function agreed(ask: Ask): Ask {
  return {
    confirm: () => Promise.resolve(),
    typeName: () => Promise.resolve(),
    choose: (question, choices, fallback) => ask.choose(question, choices, fallback),
  };
}
