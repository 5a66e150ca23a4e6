import type { Revision, RevisionGraph } from "../../migrators/alembic/revisions.ts";
import type { MigrationDatabase } from "../../migrators/migrator.ts";
import type { DatabasePlace, Places, RevisionLine, RevisionName } from "../../reports/revisions.ts";
import { sameHeads } from "../migrate/picture.ts";
import type { Standing } from "../migrate/standing.ts";

/** A revision's name, also of one that the scripts do not have. */
export function nameOf(graph: RevisionGraph, id: string): RevisionName {
  return { id, doc: graph.has(id) ? graph.get(id).doc : null };
}

/** The database's name; where env.py puts version tables into schemas, with the schema. */
export function placeName({ address, versionTable }: MigrationDatabase): string {
  const database = address.database ?? "the database";
  return versionTable.schema === null ? database : `${database}.${versionTable.schema}`;
}

/** Where the databases are, in words and numbers. */
export function placesOf({ project, databases, trouble }: Standing): Places {
  return {
    databases: databases.map((database) => placeOf(project.graph, database)),
    unknown: trouble ? { code: trouble.code, message: trouble.message } : null,
  };
}

function placeOf(graph: RevisionGraph, database: MigrationDatabase): DatabasePlace {
  const { heads, versionTable, hasVersionTable } = database;
  const top = graph.heads("all");
  const revisions = heads.map((id) => ({
    ...nameOf(graph, id),
    known: graph.has(id),
    head: graph.has(id) && graph.children(id, "down").length === 0,
  }));
  const known = heads.every((id) => graph.has(id));
  return {
    name: placeName(database),
    versionTable: { ...versionTable, exists: hasVersionTable },
    revisions,
    pending: known ? graph.revisions.length - graph.ancestors(heads, "all").size : null,
    atHeads: sameHeads(heads, top),
  };
}

/** Says of each revision what is known of it here. */
export class Describer {
  readonly #graph: RevisionGraph;
  readonly #databases: readonly {
    readonly name: string;
    readonly heads: readonly string[];
    readonly applied: ReadonlySet<string>;
  }[];

  constructor({ project: { graph }, databases }: Standing) {
    this.#graph = graph;
    this.#databases = databases.map((database) => ({
      name: placeName(database),
      heads: database.heads,
      applied: graph.ancestors(database.heads.filter((id) => graph.has(id)), "all"),
    }));
  }

  line(id: string): RevisionLine {
    const { doc, down, dependsOn, labels, created, path }: Revision = this.#graph.get(id);
    return {
      ...{ id, doc, down, dependsOn, labels, path },
      created: created ?? null,
      head: this.#graph.children(id, "down").length === 0,
      applied: this.#applied(id),
      at: this.#databases.filter(({ heads }) => heads.includes(id)).map(({ name }) => name),
    };
  }

  /** Applied where every database has it; one at a revision of other scripts may have any. */
  #applied(id: string): boolean | null {
    if (this.#databases.length === 0) return null;
    const has = this.#databases.map(({ heads, applied }) =>
      applied.has(id) || (heads.some((head) => !this.#graph.has(head)) ? null : false)
    );
    return has.includes(false) ? false : has.includes(null) ? null : true;
  }
}
