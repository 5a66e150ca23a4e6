import { branchesOf } from "../migrators/alembic/branches.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { HeadsReport } from "../reports/revisions.ts";
import type { Context } from "./context.ts";
import { explained } from "./migrate/failure.ts";
import { Describer } from "./revisions/describe.ts";

/** What `heads` is asked. */
export interface HeadsRequest {
  /** The app's service, for sentences. */
  readonly app: string;
  /** Whether a revision that another one depends on is no head either. */
  readonly resolveDependencies: boolean;
}

/** The revisions that nothing comes after; no database is asked. */
export async function heads(
  { signal }: Context,
  migrator: Migrator,
  { app, resolveDependencies }: HeadsRequest,
): Promise<HeadsReport> {
  const reading = migrator.read({ database: false }, signal);
  const project = await explained(`Reading the revisions of ${app}`, reading);
  const describer = new Describer({ project, databases: [], trouble: undefined });
  const ids = project.graph.heads(resolveDependencies ? "all" : "down");
  return {
    kind: "heads",
    app,
    heads: ids.map((id) => describer.line(id)),
    branches: branchesOf(project.graph, ids),
  };
}
