import type { TargetName } from "../backups/manifest.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { CurrentReport } from "../reports/revisions.ts";
import type { Context } from "./context.ts";
import { type Reached, readStanding } from "./migrate/standing.ts";
import { nameOf, placesOf } from "./revisions/describe.ts";

/** What `current` is asked. */
export interface CurrentRequest {
  readonly target: TargetName;
  /** The app's service, for sentences. */
  readonly app: string;
}

/** Where the database is, as its version table says and as the scripts know it; writes nothing. */
export async function current(
  context: Context,
  place: Reached,
  migrator: Migrator,
  { target, app }: CurrentRequest,
): Promise<CurrentReport> {
  const standing = await readStanding(context, place, migrator, app);
  if (standing.trouble) throw standing.trouble;
  const { graph } = standing.project;
  const heads = graph.heads().map((id) => nameOf(graph, id));
  return { kind: "current", target, app, heads, databases: placesOf(standing).databases };
}
