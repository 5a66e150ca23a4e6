import { openAlembic } from "../migrators/alembic/open.ts";
import type { Context } from "../operations/context.ts";
import { locate } from "../operations/locate.ts";
import type { JournalOf } from "../operations/revisions/edited.ts";
import type { Location } from "../reports/doctor.ts";
import { dialled } from "../targets/dialled.ts";
import type { OpenTarget } from "../targets/find.ts";
import { alembicHints } from "./app_host.ts";
import type { Session } from "./session.ts";
import { openMigratorOf, requireApp } from "./stand.ts";

const MEMORY = 2 * 2 ** 30;

/** `doctor --locate`: finds out which revision the schema of a target is of. */
export async function locateWork(
  session: Session,
  context: Context,
  { target, session: server }: OpenTarget,
  journal: JournalOf,
): Promise<Location> {
  const { rehearsal } = session.settings;
  const app = requireApp(target);
  const environment = rehearsal.environment.value;
  await using opened = await openMigratorOf(session, context, app, { image: { kind: "running" } });
  return await locate(context, { session: server, database: target.database }, opened.migrator, {
    journal,
    memory: rehearsal.memory.value ?? MEMORY,
    timeoutMs: rehearsal.timeout.value,
    app: {
      as: app.container,
      dialled: dialled(target.database, app),
      environment,
      writable: rehearsal.writable.value,
      open: (host) => {
        // In the sandbox every name leads to the copy: there is no pooler to be led past.
        const hints = alembicHints(session, { ...app, pastPooler: undefined }, app.container);
        const all = { ...hints, environment: { ...hints.environment, ...environment } };
        return openAlembic(host, all, context.signal);
      },
    },
  });
}
