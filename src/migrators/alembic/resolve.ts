import { OakumError } from "../../core/errors.ts";
import { branchRevision, onlyRevisionNamed, parseTarget, revisionsNamed } from "./names.ts";
import {
  branchElsewhere,
  notApplied,
  severalBranches,
  tooFar,
  unknownCurrent,
  wrongWay,
} from "./refusals.ts";
import type { Revision, RevisionGraph } from "./revisions.ts";
import { endsOfBranch, relativeTo, topsOfBranch, walkDown, walkUp } from "./walk.ts";

/** One revision to apply or to undo, with what the version table holds before and after it. */
export interface Step {
  readonly direction: "upgrade" | "downgrade";
  readonly revision: Revision;
  readonly headsBefore: readonly string[];
  readonly headsAfter: readonly string[];
}

/** The steps from the current heads to a target, in order; none where it is reached already. */
export function upgradeSteps(
  graph: RevisionGraph,
  target: string,
  current: readonly string[],
): readonly Step[] {
  const applied = appliedAt(graph, current);
  const wanted = graph.ancestors(upgradeTargets(graph, target, current, applied), "all");
  return walkSteps(graph, "upgrade", graph.inOrder(wanted.difference(applied)), applied);
}

/** The steps that undo everything above a target, newest first. */
export function downgradeSteps(
  graph: RevisionGraph,
  target: string,
  current: readonly string[],
): readonly Step[] {
  const applied = appliedAt(graph, current);
  const { to, branch } = downgradeTarget(graph, target, current, applied);
  const roots = rootsToUndo(graph, to, branch);
  const undone = graph.descendants(roots, "all").intersection(applied);
  if (to !== undefined && !applied.has(to)) throw notApplied(graph.get(to), current);
  return walkSteps(graph, "downgrade", graph.inOrder(undone).toReversed(), applied);
}

/** The steps from lower heads up to higher ones; none where they are the same. */
export function stepsBetween(
  graph: RevisionGraph,
  low: readonly string[],
  high: readonly string[],
): readonly Step[] {
  const applied = appliedAt(graph, low);
  const above = appliedAt(graph, high).difference(applied);
  return walkSteps(graph, "upgrade", graph.inOrder(above), applied);
}

/** The steps that undo these upgrades, newest first. */
export function undoing(steps: readonly Step[]): readonly Step[] {
  return steps.toReversed().map(({ revision, headsBefore, headsAfter }) => ({
    direction: "downgrade",
    revision,
    headsBefore: headsAfter,
    headsAfter: headsBefore,
  }));
}

/**
 * What `downgrade` takes to undo exactly these upgrades; undefined where nothing does: across a merge
 * it stops at the other branch, and some revisions cannot be undone.
 */
export function wayBack(graph: RevisionGraph, steps: readonly Step[]): string | undefined {
  const [first, last] = [steps[0], steps.at(-1)];
  if (!first || !last) return undefined;
  const [to = "base", ...others] = first.headsBefore;
  const possible = steps.every(({ revision: { downgrade } }) =>
    downgrade !== "missing" && downgrade !== "raises"
  );
  if (!possible || others.length > 0) return undefined;
  const back = stepsOrNone(graph, to, last.headsAfter);
  const exact = back.length === steps.length &&
    back.every(({ revision }) => steps.some((step) => step.revision === revision));
  return exact ? to : undefined;
}

/** A file may give its revision an id that `downgrade` reads as something else, such as `2026-1`. */
function stepsOrNone(graph: RevisionGraph, to: string, from: readonly string[]): readonly Step[] {
  try {
    return downgradeSteps(graph, to, from);
  } catch (error) {
    if (error instanceof OakumError) return [];
    throw error;
  }
}

/** Every revision that is applied when the version table holds these heads. */
export function appliedAt(graph: RevisionGraph, current: readonly string[]): Set<string> {
  const unknown = current.filter((id) => !graph.has(id));
  if (unknown.length > 0) throw unknownCurrent(unknown);
  return graph.ancestors(current, "all");
}

/** Steps over revisions in the order that is given, from where these are applied. */
export function walkSteps(
  graph: RevisionGraph,
  direction: Step["direction"],
  ids: readonly string[],
  applied: ReadonlySet<string>,
): readonly Step[] {
  const now = new Set(applied);
  return ids.map((id) => {
    const headsBefore = graph.tips(now);
    if (direction === "upgrade") now.add(id);
    else now.delete(id);
    return { direction, revision: graph.get(id), headsBefore, headsAfter: graph.tips(now) };
  });
}

function upgradeTargets(
  graph: RevisionGraph,
  text: string,
  current: readonly string[],
  applied: ReadonlySet<string>,
): readonly string[] {
  const named = namedTargets(graph, text);
  if (named) return named;
  const { label, steps = 0 } = parseTarget(text);
  const starts = label === undefined
    ? graph.tips(applied)
    : topsOfBranch(graph, label, current, applied);
  if (starts.length > 1) throw severalBranches(graph, text, starts);
  const to = walkUp(graph, text, starts[0], steps, label);
  return to === undefined ? [] : [to];
}

/** What an upgrade's target means wherever the database is; undefined where it counts from there. */
export function namedTargets(graph: RevisionGraph, text: string): readonly string[] | undefined {
  const { label, symbol, steps } = parseTarget(text);
  if (steps === undefined) return revisionsNamed(graph, symbol ?? "", label);
  if (symbol === undefined) {
    if (steps <= 0) throw wrongWay(text, "upgrade");
    return undefined;
  }
  const to = relativeTo(graph, text, symbol, label, steps);
  return to === undefined ? [] : [to];
}

/** Where a downgrade ends, and the branch that it is limited to. */
interface DowngradeTarget {
  /** Nothing for the state before the first revision. */
  readonly to: string | undefined;
  readonly branch: string | undefined;
}

function downgradeTarget(
  graph: RevisionGraph,
  text: string,
  current: readonly string[],
  applied: ReadonlySet<string>,
): DowngradeTarget {
  const { label, symbol, steps } = parseTarget(text);
  if (steps === undefined) {
    return { to: onlyRevisionNamed(graph, symbol ?? "", label), branch: label };
  }
  if (symbol !== undefined) {
    return { to: relativeTo(graph, text, symbol, label, steps), branch: label };
  }
  if (steps >= 0) throw wrongWay(text, "downgrade");
  const starts = label === undefined ? current : endsOfBranch(graph, label, current, applied);
  const [start, ...others] = starts;
  if (start === undefined) throw tooFar(text, undefined);
  if (others.length > 0) throw severalBranches(graph, text, starts);
  return { to: walkDown(graph, text, start, -steps), branch: label ?? start };
}

/** The lowest revisions that go; all that is above them goes with them. */
function rootsToUndo(
  graph: RevisionGraph,
  to: string | undefined,
  branch: string | undefined,
): readonly string[] {
  const roots = to === undefined ? graph.bases() : graph.children(to, "down");
  if (branch === undefined || roots.length < 2) return roots;
  const mine = graph.ancestors([branchRevision(graph, branch).id], "down");
  const left = roots.filter((id) => mine.has(id));
  if (left.length === 0) throw branchElsewhere(branch, to);
  return left;
}
