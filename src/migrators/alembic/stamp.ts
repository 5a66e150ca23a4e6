import { branchRevision, parseTarget, revisionsNamed } from "./names.ts";
import { relativeStamp, unknownCurrent } from "./refusals.ts";
import type { RevisionGraph } from "./revisions.ts";

/**
 * What the version table shall hold after a stamp. Heads that are on the way to or from a target
 * give way to it, other branches stay; with `purge` everything gives way, also revisions that the
 * scripts do not have.
 */
export function stampedHeads(
  graph: RevisionGraph,
  targets: readonly string[],
  current: readonly string[],
  purge = false,
): readonly string[] {
  const resolved = targets.map((target) => resolveStamp(graph, target));
  const wanted = resolved.flatMap(({ ids }) => ids);
  const kept = purge ? [] : keptHeads(graph, resolved, current);
  return graph.tips(graph.ancestors([...wanted, ...kept], "all"));
}

interface StampTarget {
  readonly ids: readonly string[];
  /** What a head must be related to in order to give way; everything gives way to a plain `base`. */
  readonly related: readonly string[] | "everything";
}

function resolveStamp(graph: RevisionGraph, text: string): StampTarget {
  const { label, symbol, steps } = parseTarget(text);
  if (steps !== undefined) throw relativeStamp(text);
  const ids = revisionsNamed(graph, symbol ?? "", label);
  if (ids.length > 0) return { ids, related: ids };
  return { ids, related: label === undefined ? "everything" : [branchRevision(graph, label).id] };
}

function keptHeads(
  graph: RevisionGraph,
  targets: readonly StampTarget[],
  current: readonly string[],
): readonly string[] {
  const unknown = current.filter((id) => !graph.has(id));
  if (unknown.length > 0) throw unknownCurrent(unknown);
  const givesWay = (head: string) =>
    targets.some(({ related }) =>
      related === "everything" || related.some((id) => graph.shareLineage(head, id, "all"))
    );
  return current.filter((head) => !givesWay(head));
}
