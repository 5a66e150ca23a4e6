import type { Context } from "../operations/context.ts";
import { locate } from "../operations/locate.ts";
import type { JournalOf } from "../operations/revisions/edited.ts";
import type { Location } from "../reports/doctor.ts";
import type { OpenTarget } from "../targets/find.ts";
import { chooseClone } from "./clone_request.ts";
import type { Session } from "./session.ts";
import { openMigrator } from "./stand.ts";

const RUNNING = { image: { kind: "running" } } as const;

/** `doctor --locate`: finds out which revision the schema of a target is of. */
export async function locateWork(
  session: Session,
  context: Context,
  { target, session: server }: OpenTarget,
  journal: JournalOf,
): Promise<Location> {
  const { memory, timeout } = session.settings.rehearsal;
  await using app = await openMigrator(session, { context, target }, RUNNING);
  return await locate(context, { session: server, database: target.database }, app.migrator, {
    journal,
    app: chooseClone(session, { context, target }, app.as).clone,
    memory: memory.value,
    timeoutMs: timeout.value,
  });
}
