import { sourceText } from "../config/source.ts";
import type { Rehearsing, UpgradeRequest } from "../operations/migrate/guarded/request.ts";
import { callerOf } from "./caller.ts";
import type { MigrationOptions } from "./migration_command.ts";
import type { Session } from "./session.ts";
import { type OpenMigrator, requireApp, type Stand } from "./stand.ts";

/** What an upgrade is asked to be beside its steps, by options and settings. */
export function upgradeRequest(
  { settings, environment }: Session,
  { target }: Pick<Stand, "target">,
  { as }: Pick<OpenMigrator, "as">,
  options: MigrationOptions,
  rehearsal: Rehearsing,
): UpgradeRequest {
  const { guard, upgrade: { health, onFailure } } = settings;
  const app = requireApp(target);
  const { container, running } = app;
  const wanted = guard.value === "full" && options.rehearsal === "auto";
  return {
    rehearsal: wanted ? rehearsal : undefined,
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
