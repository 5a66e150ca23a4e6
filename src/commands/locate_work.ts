import type { Context } from "../operations/context.ts";
import { locate } from "../operations/locate.ts";
import { COPY_MEMORY } from "../operations/rehearse/open_copy.ts";
import type { JournalOf } from "../operations/revisions/edited.ts";
import type { Location } from "../reports/doctor.ts";
import type { OpenTarget } from "../targets/find.ts";
import { chooseClone } from "./clone_request.ts";
import type { Session } from "./session.ts";
import { openMigratorOf, requireApp } from "./stand.ts";

/** `doctor --locate`: finds out which revision the schema of a target is of. */
export async function locateWork(
  session: Session,
  context: Context,
  { target, session: server }: OpenTarget,
  journal: JournalOf,
): Promise<Location> {
  const { memory, timeout } = session.settings.rehearsal;
  const app = requireApp(target);
  await using opened = await openMigratorOf(session, context, app, { image: { kind: "running" } });
  return await locate(context, { session: server, database: target.database }, opened.migrator, {
    journal,
    memory: memory.value ?? COPY_MEMORY,
    timeoutMs: timeout.value,
    app: chooseClone(session, { context, target }, opened.as).clone,
  });
}
