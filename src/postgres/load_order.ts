import type { FingerprintRow } from "../backups/manifest.ts";
import { lastName, nameOfRoutine, names, namesAfterFrom, routineBody } from "./mentions.ts";

/** What a load carries out, and what reads rows that the load may bring before or after it. */
export interface OrderedObject {
  /** As the fingerprint has it, such as `constraint`. */
  readonly kind: string;
  /** As the fingerprint has it, such as `in_b on public.a`. */
  readonly ident: string;
  /** The function that it calls, such as `public.exists_in_b(integer)`. */
  readonly through: string;
  /** The tables and views that the function reads; none where it makes its queries up as it runs. */
  readonly reads: readonly string[];
  /** When it is carried out. */
  readonly when: "rows" | "index" | "refresh";
}

/**
 * What in a schema depends on the order in which a load brings tables, indexes and materialized views.
 * PostgreSQL knows what a definition itself names, and nothing of what a function reads: where such
 * things are loaded by several sessions at a time, it is chance who comes first.
 */
export function orderedObjects(rows: readonly FingerprintRow[]): OrderedObject[] {
  const views = new Map(rows.filter(([kind]) => kind === "view").map((row) => [row[1], row[2]]));
  const carriedOut = rows.flatMap((row) => {
    const when = whenCarriedOut(row);
    if (when === undefined) return [];
    const [kind, ident, def] = row;
    return [{ kind, ident, when, def }];
  });
  const late = carriedOut.some(({ when }) => when === "refresh") ? views.values() : [];
  const texts = [...carriedOut.map(({ def }) => def), ...late].join("\n");
  const reading = readingRoutines(rows, texts);
  if (reading.length === 0) return [];
  return carriedOut.flatMap(({ kind, ident, when, def }) => {
    const text = when === "refresh" ? withViews(def, views) : def;
    const found = reading.find((one) => calls(text, one) && (when !== "refresh" || one.unordered));
    return found ? [{ kind, ident, through: found.ident, reads: found.reads, when }] : [];
  });
}

/** How many sessions may load a dump of this schema: one where several would be in each other's way. */
export function loadJobs(
  rows: readonly FingerprintRow[],
  asked: number | undefined,
): number | undefined {
  return whyOneJob(rows) === undefined ? asked : 1;
}

/** Why only one session may load a dump of this schema; undefined where several may. */
export function whyOneJob(rows: readonly FingerprintRow[]): string | undefined {
  const [first] = orderedObjects(rows);
  if (first) {
    return `the ${first.kind} ${first.ident} calls ${first.through}, which reads other tables`;
  }
  const [table] = loadedThroughRoot(rows);
  return table && `the rows of ${table} are filed by the hash of an enum, where sessions deadlock`;
}

/**
 * Tables split by the hash of an enum's value, which changes with each load: pg_dump has their rows
 * copied into the root, and a session that does holds locks which another one's order contradicts.
 */
function loadedThroughRoot(rows: readonly FingerprintRow[]): string[] {
  const enums = enumTypes(rows);
  const types = new Map(
    rows.filter(([kind]) => kind === "column").map(([, ident, def]) => [
      ident,
      def.replace(/^#\d+ /, ""),
    ]),
  );
  return rows.flatMap(([kind, table, def]) => {
    const key = kind === "table" ? / partition key=HASH \((.*?)\)(?: bound=|$)/.exec(def)?.[1] : "";
    const parts = key ? key.split(", ") : [];
    return parts.some((part) => isOf(enums, part, types.get(`${table}.${columnOf(part)}`)))
      ? [table]
      : [];
  });
}

/** The enums of a schema, and the domains over them. */
function enumTypes(rows: readonly FingerprintRow[]): readonly string[] {
  const enums = rows.filter(([kind]) => kind === "enum").map(([, ident]) => ident);
  const domains = rows.filter(([kind]) => kind === "domain");
  for (const type of enums) {
    enums.push(...domains.filter(([, , def]) => isType(def, type)).map(([, ident]) => ident));
  }
  return enums;
}

/** Of an expression nobody knows the type here. */
function isOf(enums: readonly string[], part: string, definition: string | undefined): boolean {
  if (definition === undefined) return enums.length > 0 && part.includes("(");
  return enums.some((type) => isType(definition, type));
}

function isType(definition: string, type: string): boolean {
  return definition === type || definition.startsWith(`${type} `);
}

function columnOf(part: string): string {
  return /^"(?:[^"]|"")*"|^[^\s(]+/.exec(part)?.[0] ?? part;
}

/**
 * Settings with which a load does not set off the event triggers that it makes: views are filled after
 * those are there, and what they log was never in the database. None where it makes none: the settings
 * take a superuser, as making an event trigger does.
 */
export function withoutEventTriggers(
  rows: readonly FingerprintRow[],
  major: number | undefined,
): Readonly<Record<string, string>> {
  if (!rows.some(([kind]) => kind === "event trigger")) return {};
  // Before 17 only this quiets them. No row is written through a table's triggers by a load, and a
  // foreign key is checked by a query.
  return (major ?? 0) >= 17 ? { event_triggers: "off" } : { session_replication_role: "replica" };
}

/** What restores, if it does, only because of how its tables happen to be called; with the mend. */
export function luckTexts(rows: readonly FingerprintRow[], major: number): string[] {
  const ordered = orderedObjects(rows).filter(({ when }) => when !== "index");
  return [...ordered.map(luckText), ...major < 17 ? alwaysTexts(rows) : []];
}

/** Before 17 a load cannot keep those event triggers quiet that are to run in a replica, too. */
function alwaysTexts(rows: readonly FingerprintRow[]): string[] {
  if (!rows.some(([kind]) => kind === "materialized view")) return [];
  return rows.filter(([kind, , def]) => kind === "event trigger" && /\(\) A(?: |$)/.test(def))
    .map(([, ident]) =>
      `The event trigger ${ident} is set to ALWAYS: before PostgreSQL 17 nothing keeps it from ` +
      `running while a restore fills materialized views, and what it writes then was never in ` +
      `the database. If it need not run in a replica: ALTER EVENT TRIGGER ${ident} ENABLE;`
    );
}

/** Why the order decides over one object, and what to do. */
export function luckText({ kind, ident, through, reads, when }: OrderedObject): string {
  const what = reads.length > 0
    ? `reads ${reads.slice(0, 3).join(", ")}`
    : "makes its queries up as it runs";
  return `The ${
    kind === "constraint" ? "CHECK" : kind
  } ${ident} calls ${through}, which ${what}. ` +
    `A restore does not know that, and works only where all that it reads happens to come first. ` +
    (when === "refresh"
      ? "Name what it reads in the view's own query."
      : kind === "constraint"
      ? "Make it a foreign key or a trigger, or declare the CHECK as NOT VALID."
      : "Let a trigger do it instead.");
}

/** Undefined for what a load only writes down. */
function whenCarriedOut([kind, , def]: FingerprintRow): OrderedObject["when"] | undefined {
  switch (kind) {
    case "constraint":
      if (def.startsWith("x ")) return "index";
      // What is not valid yet is added after the rows, and never tried on them.
      return def.startsWith("c ") && !/ NOT (?:VALID|ENFORCED)\b/.test(def) ? "rows" : undefined;
    case "column":
      return / generated=s:/.test(` ${def}`) ? "rows" : undefined;
    case "table":
      return / partition key=/.test(def) ? "rows" : undefined;
    case "index":
    case "operator":
    case "cast":
    case "range":
    case "operator class":
    case "operator family":
      return "index";
    case "materialized view":
      return "refresh";
  }
}

/** A function that reads tables, by itself or by another one. */
interface Reading {
  readonly ident: string;
  /** Its name with the schema, as a definition calls it. */
  readonly name: string;
  readonly reads: readonly string[];
  /** Whether it reads what is filled as late as a materialized view is. */
  readonly unordered: boolean;
}

interface Routine {
  readonly ident: string;
  readonly name: string;
  readonly body: string;
}

/** Those that are called in `texts`: to look into all that there are would take long. */
function readingRoutines(rows: readonly FingerprintRow[], texts: string): Reading[] {
  const routines = rows.filter(([kind]) => kind === "routine").map(([, ident, def]): Routine => ({
    ...{ ident, name: nameOfRoutine(ident) },
    body: routineBody(def),
  }));
  const relations = relationsOf(rows);
  const called = Map.groupBy(routines, ({ name }) => lastName(name).toLowerCase());
  return routines.filter((one) => calls(texts, one)).flatMap(({ ident, name, body }) => {
    const reached = reachedFrom({ ident, name, body }, called, relations);
    const dynamic = reached.some(({ body }) => /\bexecute\b/i.test(body));
    const reads = reached.flatMap(({ body }) =>
      namesAfterFrom(body).flatMap((word) => relations.get(word) ?? [])
    );
    if (reads.length === 0 && !dynamic) return [];
    const unordered = dynamic || reads.some(({ late }) => late);
    return [{ ident, name, reads: [...new Set(reads.map(({ fq }) => fq))], unordered }];
  });
}

/** A routine, and those that it calls, and so on; views that it reads are as good as calls. */
function reachedFrom(
  first: Routine,
  routines: ReadonlyMap<string, readonly Routine[]>,
  relations: ReadonlyMap<string, readonly Relation[]>,
): Routine[] {
  const reached = new Map([[first.ident, first]]);
  for (const { body } of reached.values()) {
    const views = namesAfterFrom(body).flatMap((word) => relations.get(word) ?? [])
      .filter(({ query }) => query !== "")
      .map(({ fq, query }) => ({ ident: fq, name: fq, body: query }));
    const called = namesCalled(body).flatMap((name) => routines.get(name) ?? []);
    for (const next of [...called, ...views]) {
      if (!reached.has(next.ident)) reached.set(next.ident, next);
    }
  }
  return [...reached.values()];
}

interface Relation {
  readonly fq: string;
  /** Of a view. */
  readonly query: string;
  /** Whether it is filled after all tables are. */
  readonly late: boolean;
}

/** By the name without the schema: who calls without it finds it by a path that nobody knows. */
function relationsOf(rows: readonly FingerprintRow[]): Map<string, Relation[]> {
  const relations = new Map<string, Relation[]>();
  for (const [kind, fq, def] of rows) {
    if (!["table", "view", "materialized view"].includes(kind)) continue;
    const relation = { fq, query: kind === "view" ? def : "", late: kind === "materialized view" };
    const word = lastName(fq);
    relations.set(word, [...relations.get(word) ?? [], relation]);
  }
  return relations;
}

/** A query with those of the views in it, and of the views in those. */
function withViews(query: string, views: ReadonlyMap<string, string>): string {
  const used = new Set<string>();
  const texts = [query];
  // Each text is looked through once: there may be hundreds of views on each other.
  for (const text of texts) {
    for (const [name, definition] of views) {
      if (used.has(name) || !text.includes(name)) continue;
      used.add(name);
      texts.push(definition);
    }
  }
  return texts.join("\n");
}

/** The server writes definitions down with every name's schema. */
function calls(definition: string, { name }: Pick<Routine, "name">): boolean {
  return names(definition, name);
}

const CALL = /(?:"((?:[^"]|"")*)"|(?<![\w$\u0080-\uffff])([\w$\u0080-\uffff]+))\s*\(/g;

/** What a body may call, without schemas, in small letters. */
function namesCalled(body: string): string[] {
  const found = [...body.matchAll(CALL)].map(([, quoted, word]) =>
    (quoted?.replaceAll('""', '"') ?? word!).toLowerCase()
  );
  return [...new Set(found)];
}
