import fc from "fast-check";
import type { RevisionGraph } from "../../../src/migrators/alembic/revisions.ts";
import { graphOf, type Sketch } from "./graphs.ts";

const numbers = (most: number) => fc.array(fc.nat({ max: 99 }), { maxLength: most });

/** A history of up to twelve revisions, each of which follows or depends on earlier ones. */
export const history: fc.Arbitrary<RevisionGraph> = fc.array(
  fc.record({ down: numbers(2), dependsOn: numbers(1), label: fc.nat(4) }),
  { minLength: 1, maxLength: 12 },
).map((rows) => {
  const earlier = (at: number, picks: readonly number[]) =>
    at === 0 ? [] : [...new Set(picks.map((pick) => `rev${pick % at}x`))];
  return graphOf(rows.map((row, at): Sketch => ({
    id: `rev${at}x`,
    down: earlier(at, row.down),
    dependsOn: earlier(at, row.dependsOn),
    labels: row.label === 0 ? [`label${at}`] : [],
  })));
});

/** A history, the heads of some state of a database, and a revision of the history. */
export interface Situation {
  readonly graph: RevisionGraph;
  readonly current: readonly string[];
  readonly target: string;
}

/** Any state that a database can be in by applying revisions after those that they need. */
export const situation: fc.Arbitrary<Situation> = fc.tuple(history, numbers(3), fc.nat(99)).map(
  ([graph, picks, pick]) => {
    const id = (number: number) => graph.revisions[number % graph.revisions.length]?.id ?? "";
    const current = graph.tips(graph.ancestors(picks.map(id), "all"));
    return { graph, current, target: id(pick) };
  },
);
