import { onBranch, onlyRevisionNamed } from "./names.ts";
import { ambiguous, described, tooFar } from "./refusals.ts";
import type { RevisionGraph } from "./revisions.ts";

// In here nothing, as a revision, stands for the state before the first one.

/** Where a branch goes on: at a current head of it, else at the last applied revision of it. */
export function topsOfBranch(
  graph: RevisionGraph,
  label: string,
  current: readonly string[],
  applied: ReadonlySet<string>,
): readonly string[] {
  const heads = current.filter((id) => onBranch(graph, id, label));
  if (heads.length > 0) return heads;
  return graph.tips(new Set([...applied].filter((id) => onBranch(graph, id, label))));
}

/**
 * What a branch can be undone from: a current head of it, else a revision of it that is applied
 * because another branch depends on it. One that another branch grew from does not count.
 */
export function endsOfBranch(
  graph: RevisionGraph,
  label: string,
  current: readonly string[],
  applied: ReadonlySet<string>,
): readonly string[] {
  const heads = current.filter((id) => onBranch(graph, id, label));
  if (heads.length > 0) return heads;
  const isEnd = (id: string) => !graph.children(id, "down").some((child) => applied.has(child));
  return [...applied].filter((id) => isEnd(id) && onBranch(graph, id, label));
}

/** The revision that is some steps away from a named one. */
export function relativeTo(
  graph: RevisionGraph,
  text: string,
  symbol: string,
  label: string | undefined,
  steps: number,
): string | undefined {
  // Upwards the label says which way to turn, downwards where to start.
  const start = onlyRevisionNamed(graph, symbol, steps > 0 ? undefined : label);
  return steps > 0
    ? walkUp(graph, text, start, steps, label)
    : walkDown(graph, text, start, -steps);
}

/** Goes up by `down_revision` alone; the label says which way to turn. */
export function walkUp(
  graph: RevisionGraph,
  text: string,
  start: string | undefined,
  steps: number,
  label: string | undefined,
): string | undefined {
  let at = start;
  for (let step = 0; step < steps; step++) {
    const next = (at === undefined ? graph.bases() : graph.children(at, "down"))
      .filter((id) => label === undefined || onBranch(graph, id, label));
    if (next.length === 0) throw tooFar(text, start);
    at = single(graph, text, next, at);
  }
  return at;
}

/** Goes down by `down_revision` alone, at most to the state before the first revision. */
export function walkDown(
  graph: RevisionGraph,
  text: string,
  start: string | undefined,
  steps: number,
): string | undefined {
  let at = start;
  for (let step = 0; step < steps; step++) {
    if (at === undefined) throw tooFar(text, start);
    const next = graph.parents(at, "down");
    at = next.length === 0 ? undefined : single(graph, text, next, at);
  }
  return at;
}

function single(
  graph: RevisionGraph,
  text: string,
  ids: readonly string[],
  at: string | undefined,
): string | undefined {
  if (ids.length > 1) {
    const where = at === undefined ? "the start" : described(graph.get(at));
    throw ambiguous(text, ids.map((id) => graph.get(id)), `at ${where} the history branches`);
  }
  return ids[0];
}
