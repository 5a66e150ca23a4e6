import { OakumError } from "../../core/errors.ts";
import type { Revision, RevisionGraph } from "./revisions.ts";
import { alike } from "./suggestions.ts";
import { ambiguous, described, noSuchRevision, severalHeads } from "./refusals.ts";

/** A target in parts: `label@symbol+2`, of which each may be missing. */
export interface TargetName {
  readonly text: string;
  readonly label: string | undefined;
  /** An id, the beginning of one, a branch label, `head`, `heads` or `base`. */
  readonly symbol: string | undefined;
  /** Signed; nothing for a target that is not relative. */
  readonly steps: number | undefined;
}

const RELATIVE = /^(?:(.+?)@)?(\w+)?([+-]\d+)$/;

/** Takes a target apart, as Alembic does. */
export function parseTarget(text: string): TargetName {
  const relative = RELATIVE.exec(text);
  if (relative) {
    const [, label, symbol, steps] = relative;
    return { text, label, symbol, steps: Number(steps) };
  }
  const at = text.indexOf("@");
  if (at < 0) return { text, label: undefined, symbol: text, steps: undefined };
  return { text, label: text.slice(0, at), symbol: text.slice(at + 1), steps: undefined };
}

/** The one revision that an id, the beginning of an id, or a branch label names. */
export function revisionNamed(graph: RevisionGraph, name: string, label?: string): Revision {
  const exact = graph.has(name) ? graph.get(name) : graph.labelled(name);
  const found = exact ? [exact] : beginningWith(graph, name, label);
  const [only, ...others] = found;
  if (!only) throw noSuchRevision(name, label, alike(graph, name));
  if (others.length > 0) throw ambiguous(name, found, `${found.length} revisions begin with it`);
  if (label !== undefined && !onBranch(graph, only.id, label)) {
    throw new OakumError(
      "not-on-branch",
      "notFound",
      `Revision ${described(only)} is not on branch "${label}".`,
      { data: { revision: only.id, branch: label } },
    );
  }
  return only;
}

/** Whether a revision is on the branch that a label, or a revision's id, stands for. */
export function onBranch(graph: RevisionGraph, id: string, label: string): boolean {
  return graph.shareLineage(id, branchRevision(graph, label).id, "down");
}

/** The revision that a branch's name stands for. */
export function branchRevision(graph: RevisionGraph, label: string): Revision {
  return graph.labelled(label) ?? revisionNamed(graph, label);
}

/** All revisions that a target which is not relative names; none for `base`. */
export function revisionsNamed(
  graph: RevisionGraph,
  symbol: string,
  label: string | undefined,
): readonly string[] {
  const mine = (id: string) => label === undefined || onBranch(graph, id, label);
  switch (symbol) {
    case "base":
      return [];
    case "heads":
      return label === undefined ? graph.heads("all") : graph.heads().filter(mine);
    case "head": {
      const heads = graph.heads().filter(mine);
      if (heads.length > 1) throw severalHeads(graph, heads, label);
      return heads;
    }
    default:
      return [revisionNamed(graph, symbol, label).id];
  }
}

/** The one revision that such a target names; nothing for `base`. */
export function onlyRevisionNamed(
  graph: RevisionGraph,
  symbol: string,
  label: string | undefined,
): string | undefined {
  const named = revisionsNamed(graph, symbol, label);
  if (named.length > 1) throw severalHeads(graph, named, label);
  return named[0];
}

/** Ids shorter than that are never taken for abbreviated. */
const SHORTEST = 4;

function beginningWith(graph: RevisionGraph, name: string, label: string | undefined) {
  const matches = (text: string) => name !== "" && text.length >= SHORTEST && text.startsWith(name);
  const found = graph.revisions.filter((one) => matches(one.id) || one.labels.some(matches));
  return label === undefined ? found : found.filter((one) => onBranch(graph, one.id, label));
}
