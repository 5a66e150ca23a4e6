import { OakumError } from "../../core/errors.ts";
import { onlyRevisionNamed, parseTarget, revisionsNamed } from "./names.ts";
import { described, noStart, tooFar } from "./refusals.ts";
import type { RevisionGraph } from "./revisions.ts";

/** The ends of a range as they are typed; an end that is not given is open. */
export interface RangeEnds {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** What the version table holds; called only where a range speaks of `current`. */
export type CurrentHeads = () => readonly string[];

/**
 * The revisions of a range, both ends included: those on the way up from one end to the other. A
 * bare `-3` or `+2` counts from the other end. From `current` they are the ones that are at hand and
 * all that an upgrade to the other end would apply.
 */
export function revisionsBetween(
  graph: RevisionGraph,
  { from, to }: RangeEnds,
  current: CurrentHeads,
): ReadonlySet<string> {
  const [low, high] = [from ?? "base", to ?? "heads"];
  const up = stepsAlone(high);
  if (up !== undefined && up > 0) return stepsUp(graph, namedBy(graph, low, current), up);
  const tops = namedBy(graph, high, current);
  const below = graph.ancestors(tops, "all");
  const down = stepsAlone(low);
  if (down !== undefined && down < 0) return within(tops, -down, (id) => graph.parents(id, "down"));
  const bottoms = namedBy(graph, low, current);
  if (bottoms.length === 0) return onBranchOf(graph, low, below);
  for (const id of bottoms) if (!below.has(id)) throw notOnTheWay(graph, id, tops, { from, to });
  if (low === "current") {
    return below.difference(graph.ancestors(bottoms, "all")).union(new Set(bottoms));
  }
  return below.intersection(graph.descendants(bottoms, "down"));
}

/**
 * The revisions that a name stands for: an id, the beginning of one, `head`, `heads`, `base`,
 * `label@head`, `current`, or one that is some steps away from one of these.
 */
export function namedBy(
  graph: RevisionGraph,
  text: string,
  current: CurrentHeads,
): readonly string[] {
  const { label, symbol = "current", steps } = parseTarget(text);
  const start = () => {
    if (symbol !== "current") return onlyRevisionNamed(graph, symbol, label);
    const heads = current();
    if (heads.length > 1) throw noStart(graph, text, heads);
    return heads[0];
  };
  if (steps === undefined) {
    return symbol === "current" ? current() : revisionsNamed(graph, symbol, label);
  }
  const from = start();
  const ids = [...away(graph, from, steps)];
  if (ids.length === 0) throw tooFar(text, from);
  if (ids.length > 1) throw noStart(graph, text, ids);
  return ids;
}

/** The revisions that are exactly so many steps away. */
function away(graph: RevisionGraph, from: string | undefined, steps: number): ReadonlySet<string> {
  let at = new Set(from === undefined ? [] : [from]);
  for (let step = 0; step < Math.abs(steps); step++) {
    const next = steps > 0
      ? (from === undefined && step === 0
        ? graph.bases()
        : [...at].flatMap((id) => graph.children(id, "down")))
      : [...at].flatMap((id) => graph.parents(id, "down"));
    at = new Set(next);
  }
  return at;
}

function stepsAlone(text: string): number | undefined {
  const { label, symbol, steps } = parseTarget(text);
  return label === undefined && symbol === undefined ? steps : undefined;
}

function stepsUp(graph: RevisionGraph, bottoms: readonly string[], steps: number) {
  return bottoms.length === 0
    ? within(graph.bases(), steps - 1, (id) => graph.children(id, "down"))
    : within(bottoms, steps, (id) => graph.children(id, "down"));
}

/** All that is at most so many steps away. */
function within(
  from: readonly string[],
  steps: number,
  next: (id: string) => readonly string[],
): ReadonlySet<string> {
  const found = new Set(from);
  let edge = [...from];
  for (let step = 0; step < steps; step++) {
    edge = edge.flatMap(next).filter((id) => !found.has(id));
    edge.forEach((id) => found.add(id));
  }
  return found;
}

/** `shop@base` begins at the bottom of one branch; `base` and an empty database below them all. */
function onBranchOf(graph: RevisionGraph, low: string, below: ReadonlySet<string>) {
  const { label } = parseTarget(low);
  const labelled = label === undefined ? undefined : graph.labelled(label);
  return labelled ? below.intersection(graph.descendants([labelled.id], "down")) : below;
}

function notOnTheWay(
  graph: RevisionGraph,
  id: string,
  tops: readonly string[],
  { from, to }: RangeEnds,
): OakumError {
  const end = tops.map((top) => described(graph.get(top))).join(" and ") || "base";
  const turned = tops.some((top) => graph.ancestors([id], "all").has(top));
  return new OakumError(
    "not-an-ancestor",
    "notFound",
    `Revision ${described(graph.get(id))} does not come before ${end}.`,
    {
      hint: turned
        ? `Did you mean --rev-range ${to ?? ""}:${from ?? ""}?`
        : "Both ends must be on one line of revisions; oakum history shows them all.",
      data: { from: from ?? null, to: to ?? null },
    },
  );
}
