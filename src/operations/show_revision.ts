import { join } from "node:path";
import { readJournal } from "../backups/journal_read.ts";
import type { TargetName } from "../backups/manifest.ts";
import { JOURNAL } from "../backups/names.ts";
import { targetPath } from "../backups/target_path.ts";
import type { CommandHost } from "../docker/run.ts";
import { namedBy } from "../migrators/alembic/range.ts";
import type { RevisionGraph } from "../migrators/alembic/revisions.ts";
import type { Migrator } from "../migrators/migrator.ts";
import type { RevisionDetail, ShowReport } from "../reports/revisions.ts";
import type { Context } from "./context.ts";
import { currentHeads } from "./history.ts";
import { type Reached, readStanding, type Unreachable } from "./migrate/standing.ts";
import { type Application, applications } from "./revisions/applications.ts";
import { Describer, nameOf, placesOf } from "./revisions/describe.ts";
import { readSource } from "./revisions/source.ts";

/** What `show` is asked. */
export interface ShowRequest {
  /** The app's service, for sentences. */
  readonly app: string;
  /** As typed. */
  readonly revision: string;
  /** Whether the file's text is wanted too. */
  readonly source: boolean;
  /** Whose journal may know when a revision was applied, where that is known. */
  readonly journal: { readonly dir: string; readonly target: TargetName } | undefined;
}

/** All that is known of a revision, or of several where the name stands for several. */
export async function showRevision(
  context: Context,
  place: Reached | Unreachable,
  { migrator, host }: { readonly migrator: Migrator; readonly host: CommandHost },
  request: ShowRequest,
): Promise<ShowReport> {
  const standing = await readStanding(context, place, migrator, request.app);
  const { graph } = standing.project;
  const ids = namedBy(graph, request.revision, () => currentHeads(standing));
  const describer = new Describer(standing);
  const applied = await appliedBefore(request, graph);
  const revisions = ids.map(async (id): Promise<RevisionDetail> => {
    const line = describer.line(id);
    return {
      ...line,
      ...relations(graph, id),
      ...contents(graph, id, line.applied === false ? undefined : applied.get(id)),
      source: request.source ? await readSource(host, graph.get(id)) : null,
    };
  });
  return {
    kind: "show",
    app: request.app,
    ...placesOf(standing),
    revisions: await Promise.all(revisions),
  };
}

async function appliedBefore(
  { journal }: ShowRequest,
  graph: RevisionGraph,
): Promise<ReadonlyMap<string, Application>> {
  if (!journal) return new Map();
  const path = join(targetPath(journal.dir, journal.target), JOURNAL);
  // Who may not read the journal can still be told everything else.
  const { entries } = await readJournal(path).catch(() => ({ entries: [] }));
  return applications(entries, graph);
}

function relations(graph: RevisionGraph, id: string) {
  const names = (ids: readonly string[]) => ids.map((one) => nameOf(graph, one));
  const { down, dependsOn } = graph.get(id);
  const children = graph.children(id, "down");
  const needing = graph.children(id, "all").filter((one) => !children.includes(one));
  return {
    parents: names(down),
    children: names(children),
    needs: names(dependsOn.filter((one) => !down.includes(one))),
    neededBy: names(needing),
  };
}

function contents(graph: RevisionGraph, id: string, applied: Application | undefined) {
  const { docstring, upgrade, downgrade, autocommit, sha256 } = graph.get(id);
  return {
    ...{ docstring, upgrade, downgrade, autocommit, sha256 },
    appliedAt: applied?.at ?? null,
    edited: applied ? applied.sha256 !== sha256 : null,
  };
}
