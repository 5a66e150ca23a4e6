import { onlyRevisionNamed, parseTarget } from "../migrators/alembic/names.ts";
import { severalHeads } from "../migrators/alembic/refusals.ts";
import type { RevisionGraph } from "../migrators/alembic/revisions.ts";
import type {
  Expectation,
  MigrationProject,
  Migrator,
  RevisionOrder,
} from "../migrators/migrator.ts";
import type { RevisionReport } from "../reports/revision_file.ts";
import type { Context } from "./context.ts";
import { explained } from "./migrate/failure.ts";
import { readBoth } from "./migrate/read_both.ts";
import type { Reached, Unreachable } from "./migrate/standing.ts";
import { type Place, placeFiles, type Tool } from "./revision_file/place.ts";
import { writingNotes } from "./revisions/writing.ts";

/** What `revision` is asked. */
export interface RevisionRequest extends Place {
  readonly order: Omit<RevisionOrder, "message" | "expect"> & {
    readonly message: string | undefined;
  };
}

/**
 * Makes a new revision and leaves its file on this machine, owned by whoever asked for it. With
 * autogenerate the models are compared with the database, which stays as it is.
 */
export async function makeRevision(
  context: Context,
  place: Reached | Unreachable,
  tool: Tool,
  request: RevisionRequest,
): Promise<RevisionReport> {
  const { emit, signal } = context;
  const { app, order } = request;
  emit({ type: "step", step: "read", text: `Reading the revisions of ${app}` });
  const { project, expect } = order.autogenerate
    ? await bothSides(context, place, tool.migrator)
    : await scriptsAlone(context, tool.migrator, app);
  const head = headOf(project.graph, order.head);
  emit({ type: "step", step: "make", text: "Making the revision" });
  const message = order.message ?? "empty message";
  const making = tool.migrator.revision({ ...order, message, head, expect }, signal);
  const reply = await explained("Making the revision", making);
  const placed = await placeFiles(context, tool, { project, reply }, request);
  return {
    kind: "revision",
    verb: "revision",
    app,
    ...placed,
    joins: [],
    commonAncestors: [],
    branches: null,
    changes: order.autogenerate ? reply.operations : null,
    renames: reply.renames,
    notes: [...writingNotes(reply.writing), ...placed.notes],
  };
}

interface Read {
  readonly project: MigrationProject;
  readonly expect: Expectation | undefined;
}

async function scriptsAlone({ signal }: Context, migrator: Migrator, app: string): Promise<Read> {
  const reading = migrator.read({ database: false }, signal);
  const project = await explained(`Reading the revisions of ${app}`, reading);
  return { project, expect: undefined };
}

function bothSides(
  { signal }: Context,
  place: Reached | Unreachable,
  migrator: Migrator,
): Promise<Read> {
  if ("unreachable" in place) throw place.unreachable;
  const { session, database } = place;
  return readBoth(session.sql(database.name), database, migrator, signal);
}

/** The one revision that a new one stands on; Alembic's own words where it begins a line. */
function headOf(graph: RevisionGraph, text: string | undefined): string | undefined {
  if (text === undefined) {
    if (graph.heads().length > 1) throw severalHeads(graph, graph.heads(), undefined);
    return undefined;
  }
  const { label, symbol = "" } = parseTarget(text);
  return symbol === "base" ? text : onlyRevisionNamed(graph, symbol, label) ?? text;
}
