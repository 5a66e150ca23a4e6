import type { Revision, RevisionGraph } from "./revisions.ts";

const MOST = 3;
const FURTHEST = 3;

/** Revisions and labels whose names are a few letters away from a mistyped one, nearest first. */
export function alike(graph: RevisionGraph, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  const candidates = [...graph.labels, ...graph.revisions.map((revision) => revision.id)];
  const near = candidates
    .map((text) => ({ text, distance: distanceToStart(wanted, text.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.min(FURTHEST, Math.floor(wanted.length / 2)))
    .sort((one, other) => one.distance - other.distance)
    .map(({ text }) => text);
  return [...new Set([...near, ...byMessage(graph, wanted)])].slice(0, MOST);
}

/** People remember what a revision was for, and type that. */
function byMessage(graph: RevisionGraph, wanted: string): readonly string[] {
  if (wanted.length < 4) return [];
  const words = wanted.replaceAll(/[\s_-]+/g, " ");
  const says = ({ doc }: Revision) => doc.toLowerCase().includes(words);
  return graph.revisions.filter(says).map((revision) => revision.id);
}

/** Letters to change, add or drop until `typed` is `name`, or the beginning of it. */
function distanceToStart(typed: string, name: string): number {
  let row = Array.from({ length: name.length + 1 }, (_, at) => at);
  for (let i = 1; i <= typed.length; i++) {
    const next = [i];
    for (let j = 1; j <= name.length; j++) {
      const swap = at(row, j - 1) + (typed[i - 1] === name[j - 1] ? 0 : 1);
      next.push(Math.min(swap, at(row, j) + 1, at(next, j - 1) + 1));
    }
    row = next;
  }
  return Math.min(...row.slice(Math.min(typed.length, name.length)));
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
