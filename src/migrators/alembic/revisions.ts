import type { RevisionReply } from "./replies.ts";

/** A revision file; times, paths and hashes are as the container has them. */
export interface Revision {
  readonly id: string;
  /** What it follows: none for a base, several for a merge. */
  readonly down: readonly string[];
  /** What else must be applied before it. */
  readonly dependsOn: readonly string[];
  /** Branch labels that the file declares. */
  readonly labels: readonly string[];
  /** The first line of the docstring. */
  readonly doc: string;
  readonly docstring: string;
  readonly created: string | undefined;
  readonly path: string;
  readonly sha256: string;
  /** The hash of its code, without comments, docstrings and layout; undefined where it is not read. */
  readonly codeSha256: string | undefined;
  readonly upgrade: RevisionReply["upgrade"];
  readonly downgrade: RevisionReply["downgrade"];
  /** It may commit in the middle: a failure can leave half of it behind. */
  readonly autocommit: boolean;
  /** What its upgrade touches; undefined where nobody looked, as there is one head. */
  readonly touches: NonNullable<RevisionReply["touches"]> | undefined;
  /** By its text alone it adds what holds no data yet, and its downgrade takes that away. */
  readonly addsOnly: boolean;
  /** Schemas, extensions and roles that its text speaks of making, in small letters. */
  readonly makes: readonly string[];
}

/** Which edges a walk follows: `down_revision` alone, or `depends_on` too. */
export type Edges = "down" | "all";

/** The revisions of a project and how they follow each other. Sets of ids include the start. */
export class RevisionGraph {
  readonly #byId: ReadonlyMap<string, Revision>;
  readonly #byLabel: ReadonlyMap<string, Revision>;
  readonly #children: Readonly<Record<Edges, ReadonlyMap<string, readonly string[]>>>;

  /** Takes the order of the list for the order among branches; parents must all be in it. */
  constructor(readonly revisions: readonly Revision[]) {
    this.#byId = new Map(revisions.map((revision) => [revision.id, revision]));
    this.#byLabel = new Map(
      revisions.flatMap((revision) => revision.labels.map((label) => [label, revision] as const)),
    );
    this.#children = { down: childrenBy(revisions, "down"), all: childrenBy(revisions, "all") };
    for (const id of revisions.flatMap((revision) => parentsOf(revision, "all"))) this.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** The revision of an id that is known to be here. */
  get(id: string): Revision {
    const revision = this.#byId.get(id);
    if (!revision) throw new Error(`No revision "${id}" in the graph.`);
    return revision;
  }

  /** The revision that declares a branch label. */
  labelled(label: string): Revision | undefined {
    return this.#byLabel.get(label);
  }

  get labels(): readonly string[] {
    return [...this.#byLabel.keys()];
  }

  /** Revisions that none follows. With "all": that none depends on either. */
  heads(edges: Edges = "down"): readonly string[] {
    return this.#ids((id) => this.children(id, edges).length === 0);
  }

  /** Revisions that follow none. */
  bases(): readonly string[] {
    return this.#ids((id) => this.get(id).down.length === 0);
  }

  parents(id: string, edges: Edges): readonly string[] {
    return parentsOf(this.get(id), edges);
  }

  children(id: string, edges: Edges): readonly string[] {
    return this.#children[edges].get(id) ?? [];
  }

  ancestors(ids: Iterable<string>, edges: Edges): Set<string> {
    return reach(ids, (id) => this.parents(id, edges));
  }

  descendants(ids: Iterable<string>, edges: Edges): Set<string> {
    return reach(ids, (id) => this.children(id, edges));
  }

  /** What a version table holds when exactly these revisions are applied. */
  tips(applied: ReadonlySet<string>): readonly string[] {
    return this.#ids((id) =>
      applied.has(id) && !this.children(id, "all").some((child) => applied.has(child))
    );
  }

  /** The ids with every parent before its children, one branch after the other. */
  inOrder(ids: ReadonlySet<string>): readonly string[] {
    const ordered = new Set<string>();
    const opened = new Set<string>();
    const stack = [...this.tips(ids)];
    // A revision stays on the stack while its parents are above it; when it shows again, it is next.
    for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
      const parents = this.parents(id, "all").filter((parent) =>
        ids.has(parent) && !opened.has(parent)
      );
      if (!opened.has(id)) {
        opened.add(id);
        stack.push(...parents);
      } else {
        stack.pop();
        ordered.add(id);
      }
    }
    return [...ordered];
  }

  /** The newest revisions that all of these go back to. */
  commonAncestors(ids: readonly string[]): readonly string[] {
    const [first = new Set<string>(), ...rest] = ids.map((id) => this.ancestors([id], "all"));
    const common = rest.reduce((shared, set) => shared.intersection(set), first);
    return this.tips(common);
  }

  /** Whether one is on the way to or from the other. */
  shareLineage(one: string, other: string, edges: Edges): boolean {
    return this.ancestors([one], edges).has(other) || this.descendants([one], edges).has(other);
  }

  #ids(wanted: (id: string) => boolean): readonly string[] {
    return this.revisions.map((revision) => revision.id).filter(wanted);
  }
}

/** The probe's reply as the graph's revisions. */
export function revisionsOf(replies: readonly RevisionReply[]): readonly Revision[] {
  return replies.map((reply) => ({
    id: reply.id,
    down: reply.down,
    dependsOn: reply.resolved_depends_on,
    labels: reply.labels,
    doc: reply.doc,
    docstring: reply.docstring,
    created: reply.created ?? undefined,
    path: reply.path,
    sha256: reply.sha256,
    codeSha256: reply.code_sha256 ?? undefined,
    upgrade: reply.upgrade,
    downgrade: reply.downgrade,
    autocommit: reply.autocommit,
    touches: reply.touches ?? undefined,
    addsOnly: reply.adds_only,
    makes: reply.makes,
  }));
}

function parentsOf(revision: Revision, edges: Edges): readonly string[] {
  return edges === "down" ? revision.down : [...new Set([...revision.down, ...revision.dependsOn])];
}

function childrenBy(
  revisions: readonly Revision[],
  edges: Edges,
): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>();
  for (const revision of revisions) {
    for (const parent of parentsOf(revision, edges)) {
      children.set(parent, [...children.get(parent) ?? [], revision.id]);
    }
  }
  return children;
}

function reach(from: Iterable<string>, next: (id: string) => readonly string[]): Set<string> {
  const reached = new Set(from);
  // A set hands out what is added to it while it is being walked.
  for (const id of reached) for (const other of next(id)) reached.add(other);
  return reached;
}
