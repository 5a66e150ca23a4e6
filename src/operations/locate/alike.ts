import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import { sameHeads } from "../migrate/picture.ts";

type Heads = readonly string[];

/** More places than this are no answer to anybody. */
const MOST = 100;

/**
 * The places whose schema is the same as that of `found`: revisions that change no schema (`silent`)
 * may be applied there or not. A replay goes through the branches in one order, and so passes some by.
 */
export function alikePlaces(
  graph: RevisionGraph,
  found: readonly Heads[],
  silent: ReadonlySet<string>,
): readonly Heads[] {
  const places = [...found];
  // What is added meanwhile is walked as well.
  for (const heads of places) {
    if (places.length > MOST) break;
    for (const next of neighbours(graph, heads, silent)) {
      if (!places.some((one) => sameHeads(one, next))) places.push(next);
    }
  }
  return places;
}

function neighbours(graph: RevisionGraph, heads: Heads, silent: ReadonlySet<string>): Heads[] {
  const applied = graph.ancestors(heads, "all");
  const without = graph.tips(applied).filter((id) => silent.has(id))
    .map((id) => applied.difference(new Set([id])));
  const and = [...silent].filter((id) =>
    !applied.has(id) && graph.parents(id, "all").every((parent) => applied.has(parent))
  ).map((id) => new Set([...applied, id]));
  return [...without, ...and].map((set) => graph.tips(set));
}

/**
 * Whether a place may be one of these as far as is known: what tells it apart changes no schema, or
 * was never replayed (`unknown`).
 */
export function mayBeAlike(
  graph: RevisionGraph,
  place: Heads,
  found: readonly Heads[],
  { silent, unknown }: { silent: ReadonlySet<string>; unknown: ReadonlySet<string> },
): boolean {
  const applied = graph.ancestors(place, "all");
  return found.some((heads) => {
    const other = graph.ancestors(heads, "all");
    const more = [...applied.difference(other)];
    return more.every((id) => silent.has(id) || unknown.has(id)) &&
      [...other.difference(applied)].every((id) => silent.has(id));
  });
}
