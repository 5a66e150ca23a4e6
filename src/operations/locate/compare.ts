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
}

/** How far a schema is from a known one. */
export interface Likeness {
  readonly heads: readonly string[];
  readonly differences: readonly SchemaDifference[];
}

/** What a schema is compared with, and what came of it. */
export interface Comparison {
  /** The nearest first; those that are as near stand in the order of the revisions. */
  readonly likenesses: readonly Likeness[];
  /** What the schema has and no known state has: nothing that tells the states apart. */
  readonly besides: readonly SchemaDifference[];
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
  const known = states.map(({ heads, fingerprint }) => ({ heads, made: made(fingerprint, table) }));
  const identities = new Set(known.flatMap(({ made }) => made.rows.map(identity)));
  const rows = made(real, table).rows;
  const shared = fingerprintOf(rows.filter((row) => identities.has(identity(row))));
  const alone = fingerprintOf(rows.filter((row) => !identities.has(identity(row))));
  const likenesses = known.map(({ heads, made }) => ({
    heads,
    differences: schemaDifferences(made, shared),
  }));
  return {
    likenesses: likenesses.sort((a, b) => a.differences.length - b.differences.length),
    besides: schemaDifferences(fingerprintOf([]), alone),
  };
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
  return `${what} is ${shortened(after)} instead of ${shortened(before)}`;
}
