import { openAlembic } from "../migrators/alembic/open.ts";
import type { CloneRequest } from "../operations/rehearse/open_copy.ts";
import { dialled } from "../targets/dialled.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import { alembicHints } from "./app_host.ts";
import type { Session } from "./session.ts";
import { requireApp, type Stand } from "./stand.ts";

/** How the app of a target is cloned into a sandbox, with a container that it would be. */
export function cloneRequest(
  session: Session,
  { context, target }: Pick<Stand, "context" | "target">,
  as: ContainerDetail,
): CloneRequest {
  const app = requireApp(target);
  const { environment, writable } = session.settings.rehearsal;
  const hints = alembicHints(session, app, as);
  return {
    as,
    dialled: dialled(target.database, app),
    open: (host) => openAlembic(host, hints, context.signal),
    environment: environment.value,
    writable: writable.value,
  };
}
