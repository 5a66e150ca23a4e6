import { sourceText } from "../config/source.ts";
import type { Rehearsing, UpgradeRequest } from "../operations/migrate/guarded/request.ts";
import { rehearse } from "../operations/rehearse.ts";
import { callerOf } from "./caller.ts";
import type { MigrationOptions } from "./migration_command.ts";
import { rehearsalRequest } from "./rehearsal_request.ts";
import type { Session } from "./session.ts";
import { type OpenMigrator, requireApp, type Stand } from "./stand.ts";

/** What an upgrade is asked to be beside its steps, by options and settings. */
export async function upgradeRequest(
  session: Session,
  stand: Stand,
  { as }: Pick<OpenMigrator, "as">,
  options: MigrationOptions,
): Promise<UpgradeRequest> {
  const { settings, environment } = session;
  const { guard, upgrade: { health, onFailure } } = settings;
  const app = requireApp(stand.target);
  const { container, running } = app;
  const wanted = guard.value === "full" && options.rehearsal === "auto";
  return {
    rehearsal: wanted ? await rehearsing(session, stand, options) : undefined,
    whyNotRehearsed: options.rehearsal === "none"
      ? "It is not rehearsed: --rehearsal none."
      : `It is not rehearsed: guard is ${guard.value} (${sourceText(guard.source)}).`,
    allow: options.allow,
    onFailure: options.onFailure ?? onFailure.value,
    health: options.health.length > 0 ? options.health : health.value,
    container: { id: container.Id, name: container.Name.slice(1), running },
    image: { name: as.Config.Image, id: as.Image },
    runs: { name: container.Config.Image, id: container.Image },
    by: callerOf(environment),
    services: [app.service, ...app.sameAs],
  };
}

async function rehearsing(
  session: Session,
  stand: Stand,
  { revision, allow, image }: MigrationOptions,
): Promise<Rehearsing> {
  const request = await rehearsalRequest(session, stand, {
    ...{ span: { kind: "to", revision }, data: { kind: "backup" }, allow, image },
    ...{ run: undefined, health: undefined, timeoutMs: undefined, services: [], baseline: false },
  });
  const real = { session: stand.server, database: stand.target.database };
  return {
    rehearse: () => rehearse(stand.context, real, request),
    settings: request.settings,
    run: request.trials.run,
  };
}
