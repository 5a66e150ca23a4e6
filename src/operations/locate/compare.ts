import type { FingerprintRow } from "../../backups/manifest.ts";
import {
  type Fingerprint,
  fingerprintOf,
  type SchemaDifference,
  schemaDifferences,
  shortened,
} from "../../postgres/fingerprint.ts";
import { type VersionTable, withoutVersionTable } from "../migrate/version_table.ts";

/** A schema as it is when the version table holds these heads. */
export interface KnownState {
  readonly heads: readonly string[];
  readonly fingerprint: Fingerprint;
  /** The revision that made it of the state before it in the list; undefined for the first one. */
  readonly by?: string | undefined;
}

/** How far a schema is from a known one. */
export interface Likeness {
  readonly heads: readonly string[];
  /** But for the order of columns, which nothing but a new table changes. */
  readonly differences: readonly SchemaDifference[];
  /** 0 where there is none. */
  readonly distance: number;
  /** Tables that have the same columns in another order. */
  readonly reordered: readonly string[];
}

/** What a schema is compared with, and what came of it. */
export interface Comparison {
  /** The nearest first; those that are as near stand in the order of the revisions. */
  readonly likenesses: readonly Likeness[];
  /** What the schema has and no known state has: nothing that tells the states apart. */
  readonly besides: readonly SchemaDifference[];
  /** Revisions that change nothing of what is compared, such as those that move data. */
  readonly silent: ReadonlySet<string>;
}

/**
 * Compares a schema with known ones, as far as migrations make schemas: what administrators grant and
 * publish is left out, and the version table itself.
 */
export function compareWith(
  real: Fingerprint,
  states: readonly KnownState[],
  table: VersionTable,
): Comparison {
  const known = states.map(({ heads, fingerprint, by }) => ({
    ...{ heads, by },
    made: made(fingerprint, table),
  }));
  const identities = new Set(known.flatMap(({ made }) => made.rows.map(identity)));
  const rows = made(real, table).rows;
  const shared = fingerprintOf(rows.filter((row) => identities.has(identity(row))));
  const alone = fingerprintOf(rows.filter((row) => !identities.has(identity(row))));
  const likenesses = known.map(({ heads, made }) => {
    const differences = schemaDifferences(withoutOrder(made), withoutOrder(shared));
    const distance = sum(differences.map(weight));
    return { heads, differences, distance, reordered: reordered(made, shared) };
  });
  const silent = known.flatMap(({ by, made }, at) =>
    by !== undefined && made.sha256 === known[at - 1]?.made.sha256 ? [by] : []
  );
  return {
    likenesses: likenesses.sort((a, b) => a.distance - b.distance),
    besides: schemaDifferences(fingerprintOf([]), alone),
    silent: new Set(silent),
  };
}

/** Something that is missing, or there in addition, says more than one that is made otherwise. */
function weight({ before, after }: SchemaDifference): number {
  return before === undefined || after === undefined ? 3 : 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

const POSITION = /^#(\d+) /;

/** Where a column stands among the others moves with each that is there besides. */
function withoutOrder({ rows }: Fingerprint): Fingerprint {
  return fingerprintOf(
    rows.map(([kind, ident, definition]) =>
      kind === "column"
        ? [kind, ident, definition.replace(POSITION, "")]
        : [kind, ident, definition]
    ),
  );
}

function reordered(one: Fingerprint, other: Fingerprint): string[] {
  const [left, right] = [columnsOf(one), columnsOf(other)];
  return [...left].flatMap(([table, columns]) => {
    const others = right.get(table) ?? [];
    const both = columns.filter((name) => others.includes(name));
    return both.join() === others.filter((name) => columns.includes(name)).join() ? [] : [table];
  });
}

/** The columns of each table as they stand there. */
function columnsOf({ rows }: Fingerprint): ReadonlyMap<string, readonly string[]> {
  const placed = rows.flatMap(([kind, ident, definition]) => {
    const position = kind === "column" ? POSITION.exec(definition)?.[1] : undefined;
    const table = /^(.*)\.(?:"(?:[^"]|"")*"|[^."]+)$/.exec(ident)?.[1];
    return position && table ? [{ table, ident, position: Number(position) }] : [];
  }).sort((a, b) => a.position - b.position);
  const columns = Map.groupBy(placed, ({ table }) => table);
  return new Map([...columns].map(([table, all]) => [table, all.map(({ ident }) => ident)]));
}

const BY_ADMINISTRATORS = new Set([
  ...["grant", "default privileges", "user mapping"],
  ...["publication", "publication table"],
]);

function made(fingerprint: Fingerprint, table: VersionTable): Fingerprint {
  const { rows } = withoutVersionTable(fingerprint, table);
  return fingerprintOf(
    rows.filter(([kind]) => !kind.startsWith("~") && !BY_ADMINISTRATORS.has(kind)),
  );
}

function identity([kind, ident]: FingerprintRow): string {
  return `${kind}\0${ident}`;
}

/** What a database has otherwise than a revision makes it, in words. */
export function unlikeText({ kind, ident, before, after }: SchemaDifference): string {
  const what = `${kind} ${ident}`;
  if (after === undefined) return `${what} is missing`;
  if (before === undefined) return `${what} is there in addition`;
  const [now, then] = [typeOf(kind, after), typeOf(kind, before)];
  if (now && then && after.slice(now.length) === before.slice(then.length)) {
    return `the type of ${ident} (${now} instead of ${then})`;
  }
  return `${what} is ${shortened(after)} instead of ${shortened(before)}`;
}

/** The type that a column's definition begins with; undefined of anything else. */
function typeOf(kind: string, definition: string): string | undefined {
  if (kind !== "column") return undefined;
  return definition.replace(/ (NOT NULL|\w+=|inherited$).*$/s, "");
}
