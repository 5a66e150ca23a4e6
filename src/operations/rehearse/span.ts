import { OakumError } from "../../core/errors.ts";
import { appliedAt, type Step, upgradeSteps, walkSteps } from "../../migrators/alembic/resolve.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";

/** Up to where is rehearsed, as typed, or how many of the revisions that are there last. */
export type Span = { readonly kind: "to"; readonly revision: string } | {
  readonly kind: "last";
  readonly count: number;
};

/** What a rehearsal does, in order. */
export interface Way {
  /** Taken back first, newest first, since they are to be rehearsed and applied already. */
  readonly back: readonly Step[];
  /** Applied first, without a look at them. */
  readonly ahead: readonly Step[];
  readonly steps: readonly Step[];
}

/**
 * Resolves a span at the current heads; where nothing is pending, the newest revision is meant if it
 * can be taken back.
 */
export function wayOf(graph: RevisionGraph, span: Span, heads: readonly string[]): Way {
  if (span.kind === "last") return lastOnes(graph, span.count, heads);
  const steps = upgradeSteps(graph, span.revision, heads);
  if (steps.length > 0) return { back: [], ahead: [], steps };
  const last = lastOnes(graph, 1, heads);
  return last.back.every(canBeTakenBack) ? last : { back: [], ahead: [], steps: [] };
}

function canBeTakenBack({ revision: { downgrade } }: Step): boolean {
  return downgrade !== "missing" && downgrade !== "raises";
}

/** What is to be known where nothing at all is rehearsed. */
export function nothingPendingText({ steps }: Pick<Way, "steps">): string[] {
  if (steps.length > 0) return [];
  return [
    "Nothing is pending, and the newest revision has no downgrade by which it could be " +
    "taken back and tried again.",
  ];
}

/** What is to be known where revisions are taken back first. */
export function goneBackText({ back }: Pick<Way, "back">): string[] {
  if (back.length === 0) return [];
  const ids = back.map(({ revision: { id } }) => id).join(", ");
  return [
    `Applied already, and taken back on the copy first: ${ids}. ` +
    "What their downgrades destroy was not there when they were measured.",
  ];
}

function lastOnes(graph: RevisionGraph, count: number, heads: readonly string[]): Way {
  const all = graph.inOrder(new Set(graph.revisions.map(({ id }) => id)));
  if (all.length === 0) {
    throw new OakumError("no-revisions", "refused", "The app has no revisions yet.", {
      hint: "oakum revision -m TEXT makes the first one.",
    });
  }
  const wanted = all.slice(-count);
  const applied = appliedAt(graph, heads);
  const undone = wanted.filter((id) => applied.has(id));
  const below = new Set([...applied].filter((id) => !undone.includes(id)));
  const ahead = all.slice(0, -count).filter((id) => !applied.has(id));
  return {
    back: walkSteps(graph, "downgrade", undone.toReversed(), applied),
    ahead: walkSteps(graph, "upgrade", ahead, below),
    steps: walkSteps(graph, "upgrade", wanted, new Set([...below, ...ahead])),
  };
}
