import { showRevision } from "../operations/show_revision.ts";
import { showRevisions } from "../terminal/views/show.ts";
import { openReach } from "./reach.ts";
import type { Result, Session } from "./session.ts";
import type { ShowOptions } from "./show.ts";

/** `show`. */
export async function showWork(session: Session, options: ShowOptions): Promise<Result> {
  const { revision, image } = options;
  await using reach = await openReach(session, { changesState: false, image });
  const { context, app, place, dir, name } = reach;
  const report = await showRevision(context, place, app, {
    app: app.service,
    revision,
    source: session.globals.verbose,
    journal: dir && name ? { dir, target: name } : undefined,
  });
  return { report, text: (page) => showRevisions(report, page) };
}
