import type { Touched } from "../../../src/migrators/alembic/replies.ts";
import type { Revision } from "../../../src/migrators/alembic/revisions.ts";
import { RevisionGraph } from "../../../src/migrators/alembic/revisions.ts";

/** What tests say of a revision; the rest is filler. */
export interface Sketch {
  readonly id: string;
  readonly down?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly labels?: readonly string[];
  readonly doc?: string;
  readonly upgrade?: Revision["upgrade"];
  readonly downgrade?: Revision["downgrade"];
  readonly touched?: readonly Touched[];
  /** Whether its file tells all that it touches; it does unless it is said. */
  readonly whole?: boolean;
}

/** A graph of sketches, in their order. */
export function graphOf(sketches: readonly Sketch[]): RevisionGraph {
  return new RevisionGraph(sketches.map(revisionOf));
}

function revisionOf(sketch: Sketch): Revision {
  return {
    id: sketch.id,
    down: sketch.down ?? [],
    dependsOn: sketch.dependsOn ?? [],
    labels: sketch.labels ?? [],
    doc: sketch.doc ?? "",
    docstring: sketch.doc ?? "",
    created: undefined,
    path: `/srv/app/versions/${sketch.id}.py`,
    sha256: "0".repeat(64),
    codeSha256: undefined,
    upgrade: sketch.upgrade ?? "code",
    downgrade: sketch.downgrade ?? "code",
    autocommit: false,
    addsOnly: false,
    makes: [],
    touches: { touched: [...sketch.touched ?? []], whole: sketch.whole ?? true },
  };
}

/** Users and artworks, then two branches and their merge, then two more. */
export const auction: readonly Sketch[] = [
  { id: "aaa111", doc: "create users" },
  { id: "bbb222", down: ["aaa111"], doc: "create bids" },
  { id: "ccc333", down: ["bbb222"], doc: "give artworks a status" },
  { id: "ddd444", down: ["bbb222"], doc: "create payments" },
  { id: "eee555", down: ["ccc333", "ddd444"], doc: "merge" },
  { id: "fff666", down: ["eee555"], doc: "rename a column" },
];

/** Two labelled branches from two bases, one of which depends on the other. */
export const branches: readonly Sketch[] = [
  { id: "shop1", labels: ["shop"] },
  { id: "shop2", down: ["shop1"] },
  { id: "shop3", down: ["shop2"], dependsOn: ["bank2"] },
  { id: "bank1", labels: ["bank"] },
  { id: "bank2", down: ["bank1"] },
  { id: "bank3", down: ["bank2"] },
];
