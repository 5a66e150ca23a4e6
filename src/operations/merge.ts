import { OakumError } from "../core/errors.ts";
import { branchesOf, conflictSentences } from "../migrators/alembic/branches.ts";
import { parseTarget, revisionsNamed } from "../migrators/alembic/names.ts";
import { described } from "../migrators/alembic/refusals.ts";
import type { RevisionGraph } from "../migrators/alembic/revisions.ts";
import type { MergeOrder } from "../migrators/migrator.ts";
import type { RevisionReport } from "../reports/revision_file.ts";
import type { Context } from "./context.ts";
import { explained } from "./migrate/failure.ts";
import { type Place, placeFiles, type Tool } from "./revision_file/place.ts";
import { nameOf } from "./revisions/describe.ts";

/** What `merge` is asked. */
export interface MergeRequest extends Place {
  /** Revisions as they are typed; none stand for all heads. */
  readonly order: MergeOrder;
}

/** Makes a revision that joins heads, names where they part, and leaves its file on this machine. */
export async function merge(
  context: Context,
  tool: Tool,
  request: MergeRequest,
): Promise<RevisionReport> {
  const { emit, signal } = context;
  const { app, order } = request;
  emit({ type: "step", step: "read", text: `Reading the revisions of ${app}` });
  const reading = tool.migrator.read({ database: false }, signal);
  const project = await explained(`Reading the revisions of ${app}`, reading);
  const { graph } = project;
  const revisions = toJoin(graph, order.revisions);
  const branches = branchesOf(graph, revisions);
  for (const text of branches ? conflictSentences(branches) : []) {
    emit({ type: "warning", code: "branches-conflict", text });
  }
  const message = order.message ?? `merge ${revisions.join(" and ")}`;
  emit({ type: "step", step: "make", text: "Making the revision" });
  const merging = tool.migrator.merge({ ...order, revisions, message }, signal);
  const reply = await explained("Making the revision", merging);
  const placed = await placeFiles(context, tool, { project, reply }, request);
  return {
    kind: "revision",
    verb: "merge",
    app,
    ...placed,
    joins: revisions.map((id) => nameOf(graph, id)),
    commonAncestors: graph.commonAncestors(revisions).map((id) => nameOf(graph, id)),
    branches,
    changes: null,
    renames: [],
  };
}

/** The heads to join: as named, or all. Throws where there are not two that stand side by side. */
function toJoin(graph: RevisionGraph, names: readonly string[]): readonly string[] {
  const ids = names.length === 0 ? graph.heads() : [...new Set(names.flatMap(named))];
  const [one, other] = ids;
  if (one === undefined || other === undefined) throw nothingToJoin(graph, ids);
  for (const id of ids) {
    const after = graph.descendants([id], "down");
    const part = ids.find((each) => each !== id && after.has(each));
    if (part !== undefined) throw alreadyPart(graph, id, part);
  }
  return ids;

  function named(text: string): readonly string[] {
    const { label, symbol = "", steps } = parseTarget(text);
    return revisionsNamed(graph, steps === undefined ? symbol : text, label);
  }
}

function nothingToJoin(graph: RevisionGraph, ids: readonly string[]): OakumError {
  const [only] = ids;
  const found = only === undefined ? "no revision" : described(graph.get(only));
  return new OakumError(
    "nothing-to-merge",
    "refused",
    `A merge joins two revisions or more, and there is ${found} alone.`,
    { hint: "oakum heads shows where the branches end.", data: { revisions: ids } },
  );
}

function alreadyPart(graph: RevisionGraph, below: string, above: string): OakumError {
  return new OakumError(
    "nothing-to-merge",
    "refused",
    `Revision ${described(graph.get(above))} follows ${described(graph.get(below))} already.`,
    { hint: "Name revisions of different branches.", data: { revisions: [below, above] } },
  );
}
