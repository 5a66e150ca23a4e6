import { type BranchConflict, conflictsOf, conflictText } from "./conflicts.ts";
import type { Revision, RevisionGraph } from "./revisions.ts";

/** A revision with its message. */
export interface NamedRevision {
  readonly id: string;
  readonly doc: string;
}

/** What is on the way to a head since the branches parted. */
export interface Branch {
  readonly head: NamedRevision;
  /** Oldest first; the head is the last. */
  readonly revisions: readonly NamedRevision[];
}

/** Heads that stand side by side, where they part, and what is in each other's way. */
export interface Branches {
  readonly branches: readonly Branch[];
  /** The newest revisions that all of them go back to. */
  readonly commonAncestors: readonly NamedRevision[];
  readonly conflicts: readonly BranchConflict[];
  /** Revisions whose text does not tell all that they touch. */
  readonly unread: readonly string[];
  /** The command that joins them. */
  readonly merge: string;
}

/** What is to be known of several heads; null where there are not two. */
export function branchesOf(graph: RevisionGraph, heads: readonly string[]): Branches | null {
  if (heads.length < 2) return null;
  const ways = heads.map((head) => graph.ancestors([head], "all"));
  const shared = ways.reduce((common, way) => common.intersection(way));
  const own = ways.map((way) => graph.inOrder(way.difference(shared)).map((id) => graph.get(id)));
  const all = [...new Set(own.flat())];
  return {
    branches: heads.map((head, at) => ({
      head: named(graph.get(head)),
      revisions: own[at]!.map(named),
    })),
    commonAncestors: graph.tips(shared).map((id) => named(graph.get(id))),
    conflicts: conflictsOf(heads.map((head, at) => ({ head, revisions: own[at]! }))),
    unread: all.filter(({ touches }) => !touches?.whole).map(({ id }) => id),
    merge: `oakum merge ${heads.join(" ")}`,
  };
}

/** The same in sentences. */
export function branchSentences(
  { branches, commonAncestors, conflicts, unread }: Branches,
): string[] {
  const part = commonAncestors.length > 0
    ? `They part at ${commonAncestors.map(nameText).join(" and ")}.`
    : "They have no revision in common.";
  return [
    part,
    ...branches.map(({ head, revisions }) =>
      `On the branch of ${head.id} since: ${listed(revisions.map(nameText), MOST_REVISIONS)}.`
    ),
    ...conflictSentences({ conflicts, unread }),
  ];
}

/** What is in the way of a merge, or of applying both branches. */
export function conflictSentences(
  { conflicts, unread }: Pick<Branches, "conflicts" | "unread">,
): string[] {
  const said = conflicts.slice(0, MOST_CONFLICTS).map(conflictText);
  const more = conflicts.length - said.length;
  return [
    ...said,
    ...more > 0 ? [`And ${more} more of that kind.`] : [],
    ...conflicts.some(({ level }) => level === "clash")
      ? ["A merge resolves none of that: change one of these files before it is applied anywhere."]
      : [],
    ...unread.length > 0
      ? [`Not all that ${listed(unread, MOST_REVISIONS)} does can be read from its file.`]
      : [],
  ];
}

const MOST_REVISIONS = 4;
const MOST_CONFLICTS = 5;

function listed(names: readonly string[], most: number): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}

function nameText({ id, doc }: NamedRevision): string {
  return doc ? `${id} (${doc})` : id;
}

function named({ id, doc }: Revision): NamedRevision {
  return { id, doc };
}
