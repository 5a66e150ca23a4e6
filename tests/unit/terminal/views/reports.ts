import type { MigrationProject } from "../../../../src/migrators/migrator.ts";
import { Describer, placesOf } from "../../../../src/operations/revisions/describe.ts";
import type { HistoryReport } from "../../../../src/reports/revisions.ts";
import { pageOn } from "../../../../src/terminal/page.ts";
import { graphOf, type Sketch } from "../../alembic/graphs.ts";
import { memoryChannel } from "../streams.ts";

/** The history of sketches, with databases at these heads. */
export function historyOf(
  sketches: readonly Sketch[],
  databases: Readonly<Record<string, readonly string[]>>,
): HistoryReport {
  const graph = graphOf(sketches);
  const project: MigrationProject = {
    ...{ tool: "alembic", config: "alembic.ini", section: "alembic", workingDir: "/srv/app" },
    versions: { tool: "1.20.1", library: "2.1.9", python: "3.13.5" },
    ...{
      scripts: "/srv/app",
      scriptsSha256: "5c".repeat(32),
      folders: [],
      graph,
      databases: [],
      databaseError: undefined,
      pooled: false,
    },
  };
  const standing = {
    project,
    trouble: undefined,
    databases: Object.entries(databases).map(([database, heads]) => ({
      heads,
      versionTable: { schema: null, name: "alembic_version", foundIn: "public" },
      ...{ hasVersionTable: true, driver: "psycopg", externalTransaction: false },
      address: { host: "db", port: 5432, database, user: "shop" },
    })),
  };
  const ids = graph.inOrder(new Set(graph.revisions.map(({ id }) => id)));
  const describer = new Describer(standing);
  return {
    ...{ kind: "history", app: "web", leftOut: 0, ...placesOf(standing) },
    revisions: ids.toReversed().map((id) => describer.line(id)),
  };
}

/** What a view writes for a person, or into a pipe. */
export function written(
  view: (page: ReturnType<typeof pageOn>) => void,
  { terminal = true, verbose = false, columns = 80 } = {},
): string {
  const { channel, sink } = memoryChannel({ terminal, columns });
  view(pageOn(channel, new Date("2026-11-22T14:44:00Z"), verbose));
  return sink.text;
}
