import { OakumError } from "../../core/errors.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import { stampedHeads } from "../../migrators/alembic/stamp.ts";
import type { Location } from "../../reports/doctor.ts";
import { sameHeads } from "../migrate/picture.ts";

type Heads = readonly string[];

/**
 * What is left to choose among places of one schema: that of the version table where it is one of
 * them; else each that is not followed by another one over revisions that do nothing, such as merges.
 */
export function worthNaming(
  graph: RevisionGraph,
  current: Heads,
  found: readonly Heads[],
): readonly Heads[] {
  const here = found.filter((heads) => sameHeads(heads, current));
  if (here.length > 0) return here;
  const applied = found.map((heads) => graph.ancestors(heads, "all"));
  return found.filter((_, at) =>
    !applied.some((other) => {
      const more = other.difference(applied[at]!);
      return more.size > 0 && applied[at]!.isSubsetOf(other) &&
        [...more].every((id) => graph.get(id).upgrade === "empty");
    })
  );
}

/** What is known of the places that a schema may be of. */
export interface Finding {
  /** Each as near as the others, and worth naming. */
  readonly found: readonly Heads[];
  /** How near they are. */
  readonly how: "equal" | "besides" | "nearest";
  /** Revisions that nobody has seen at work. */
  readonly left: readonly string[];
}

/**
 * Whether the version table says one of the places, and how to make it say so. What was not replayed
 * is not known: neither that the version table is wrong where it names such a revision, nor that the
 * place that was found is the right one.
 */
export function verdictOn(
  graph: RevisionGraph,
  current: Heads,
  { found, how, left }: Finding,
): Pick<Location, "verdict" | "stamps"> {
  if (found.some((heads) => sameHeads(heads, current))) {
    return { verdict: how === "equal" ? "in-step" : how, stamps: [] };
  }
  const unseen = new Set(left);
  const known = current.every((id) => graph.has(id));
  if (known && !graph.ancestors(current, "all").isDisjointFrom(unseen)) {
    return { verdict: "not-known", stamps: [] };
  }
  const proved = left.length === 0 && !(how === "besides" && found.every(isBase));
  return {
    verdict: how,
    stamps: proved ? found.map((heads) => stampCommand(graph, current, heads)) : [],
  };
}

/** Before the first revision: of a schema of which nothing is the revisions' own, that is no answer. */
function isBase(heads: Heads): boolean {
  return heads.length === 0;
}

/** The command that makes the version table say these heads. */
export function stampCommand(
  graph: RevisionGraph,
  current: readonly string[],
  heads: readonly string[],
): string {
  const names = heads.length > 0 ? heads : ["base"];
  return `oakum stamp ${isGentle(graph, current, heads, names) ? "" : "--purge "}${
    names.join(" ")
  }`;
}

/** Whether a stamp comes to these heads without taking everything else away. */
function isGentle(graph: RevisionGraph, current: Heads, heads: Heads, names: Heads): boolean {
  try {
    return sameHeads(stampedHeads(graph, names, current), heads);
  } catch (error) {
    if (error instanceof OakumError) return false;
    throw error;
  }
}
