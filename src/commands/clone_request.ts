import type { CloneRequest } from "../operations/rehearse/open_copy.ts";
import { openAlembic } from "../migrators/alembic/open.ts";
import { dialled } from "../targets/dialled.ts";
import { withImage } from "../targets/with_image.ts";
import { alembicHints } from "./app_host.ts";
import type { Session } from "./session.ts";
import type { ImageChoice } from "./shared_options.ts";
import { requireApp, type Stand } from "./stand.ts";

/** How the app of a target is cloned, with the image that was chosen. */
export async function cloneRequest(
  session: Session,
  { context, target }: Pick<Stand, "context" | "target">,
  { image }: ImageChoice,
): Promise<CloneRequest> {
  const app = requireApp(target);
  const { container } = app;
  const name = image.kind === "named" ? image.name : container.Config.Image;
  const as = image.kind === "running"
    ? container
    : await withImage(context.engine, container, name);
  // The copy answers at the pooler's address too.
  const hints = alembicHints(session, { ...app, pastPooler: undefined }, as);
  const environment = {};
  const withOwn = { ...hints, environment: { ...hints.environment, ...environment } };
  return {
    as,
    dialled: dialled(target.database, app),
    open: (host) => openAlembic(host, withOwn, context.signal),
    environment,
    writable: [],
  };
}
