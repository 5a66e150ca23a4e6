import { OakumError } from "../../core/errors.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import { stampedHeads } from "../../migrators/alembic/stamp.ts";
import type { Location } from "../../reports/doctor.ts";
import { sameHeads } from "../migrate/picture.ts";

type Heads = readonly string[];

/** Whether the version table says one of them, and how to make it say so. */
export function verdictOn(
  graph: RevisionGraph,
  current: Heads,
  found: readonly Heads[],
  how: Exclude<Location["verdict"], "in-step">,
): Pick<Location, "verdict" | "stamps"> {
  const agrees = found.some((heads) => sameHeads(heads, current));
  if (agrees) return { verdict: how === "equal" ? "in-step" : how, stamps: [] };
  return { verdict: how, stamps: found.map((heads) => stampCommand(graph, current, heads)) };
}

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

function stampCommand(
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
