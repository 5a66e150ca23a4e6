import type { TableChange } from "../../reports/rehearsal.ts";
import type { CopyRelation } from "./picture.ts";

/** A relation with what a move did to it. */
export interface ChangedRelation {
  readonly relation: CopyRelation;
  readonly change: TableChange;
}

/**
 * The changes with those of partitions under their partitioned table: a statement speaks of that one,
 * and it has neither rows nor a file of its own. A partition that is gone, or that a statement speaks
 * of by its own name, stands for itself.
 */
export function foldPartitions(
  changes: readonly ChangedRelation[],
  isNamed: (relation: CopyRelation) => boolean,
): TableChange[] {
  const there = new Set(changes.map(({ relation }) => relation.oid));
  const isFolded = ({ relation, change }: ChangedRelation) =>
    relation.kind === "r" && relation.root !== null && there.has(relation.root) &&
    !change.dropped && !isNamed(relation);
  const folded = Map.groupBy(changes.filter(isFolded), ({ relation }) => relation.root);
  return changes.filter((one) => !isFolded(one)).map(({ relation, change }) =>
    (folded.get(relation.oid) ?? []).map((leaf) => leaf.change).reduce(
      sum,
      atZero(relation, change),
    )
  );
}

/** What an ANALYZE has of a partitioned table would count its rows twice. */
function atZero({ kind }: CopyRelation, change: TableChange): TableChange {
  return kind === "p" ? { ...change, rows: 0, bytes: 0 } : change;
}

function sum(whole: TableChange, leaf: TableChange): TableChange {
  return {
    ...whole,
    rows: whole.rows + leaf.rows,
    bytes: whole.bytes + leaf.bytes,
    inserted: whole.inserted + leaf.inserted,
    updated: whole.updated + leaf.updated,
    deleted: whole.deleted + leaf.deleted,
    scanned: whole.scanned + leaf.scanned,
    rewritten: whole.rewritten || leaf.rewritten,
  };
}
