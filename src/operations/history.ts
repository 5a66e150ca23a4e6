import { type RangeEnds, revisionsBetween } from "../migrators/alembic/range.ts";
import { unknownCurrent } from "../migrators/alembic/refusals.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { HistoryReport } from "../reports/revisions.ts";
import type { Context } from "./context.ts";
import { type Reached, readStanding, type Standing, type Unreachable } from "./migrate/standing.ts";
import { Describer, placesOf } from "./revisions/describe.ts";

/** What `history` is asked. */
export interface HistoryRequest {
  /** The app's service, for sentences. */
  readonly app: string;
  readonly range: RangeEnds;
}

/** The revisions of a range, newest first, with the place of the database; writes nothing. */
export async function history(
  context: Context,
  place: Reached | Unreachable,
  migrator: Migrator,
  { app, range }: HistoryRequest,
): Promise<HistoryReport> {
  const standing = await readStanding(context, place, migrator, app);
  const { graph } = standing.project;
  const ids = revisionsBetween(graph, range, () => currentHeads(standing));
  const describer = new Describer(standing);
  return {
    kind: "history",
    app,
    ...placesOf(standing),
    revisions: graph.inOrder(ids).toReversed().map((id) => describer.line(id)),
    leftOut: graph.revisions.length - ids.size,
  };
}

/** What `current` stands for; throws where that is not known. */
export function currentHeads({ project, databases, trouble }: Standing): readonly string[] {
  if (trouble) throw trouble;
  const heads = [...new Set(databases.flatMap((database) => database.heads))];
  const unknown = heads.filter((id) => !project.graph.has(id));
  if (unknown.length > 0) throw unknownCurrent(unknown);
  return heads;
}
