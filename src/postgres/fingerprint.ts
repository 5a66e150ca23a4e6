import { createHash } from "node:crypto";
import type { FingerprintRow } from "../backups/manifest.ts";
import type { Queryable } from "./connection.ts";
import query from "./fingerprint.sql" with { type: "text" };

/** The normalised description of a schema, and the hash over the rows that are not mere notes. */
export interface Fingerprint {
  readonly sha256: string;
  readonly rows: readonly FingerprintRow[];
}

// Each of these changes how the server writes definitions and values down, but the last: compiling
// this query takes minutes, running it well under a second.
const SETTINGS = [
  ["search_path", "pg_catalog"],
  ["TimeZone", "UTC"],
  ["DateStyle", "ISO, YMD"],
  ["IntervalStyle", "postgres"],
  ["extra_float_digits", "3"],
  ["bytea_output", "hex"],
  ["quote_all_identifiers", "off"],
  ["jit", "off"],
] as const;

/** Until the transaction ends, the server writes everything down in one and the same way. */
export async function fixSettings(transaction: Queryable): Promise<void> {
  for (const [name, value] of SETTINGS) {
    await transaction`select set_config(${name}, ${value}, true)`;
  }
}

/** Reads a schema's fingerprint; changes settings of the session's current transaction only. */
export async function readFingerprint(transaction: Queryable): Promise<Fingerprint> {
  await fixSettings(transaction);
  const rows = await transaction.unsafe<{ kind: string; ident: string; def: string }[]>(query);
  return fingerprintOf(rows.map(({ kind, ident, def }) => [kind, ident, def]));
}

/** The fingerprint of rows that are sorted as the query sorts them. */
export function fingerprintOf(rows: readonly FingerprintRow[]): Fingerprint {
  const hash = createHash("sha256");
  for (const row of rows) {
    if (!isNote(row)) hash.update(JSON.stringify(row) + "\n");
  }
  return { sha256: hash.digest("hex"), rows };
}

function isNote([kind]: FingerprintRow): boolean {
  return kind.startsWith("~");
}

/** One difference between two schemas. */
export interface SchemaDifference {
  readonly kind: string;
  readonly ident: string;
  /** Undefined where only the other side has it. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What differs between two fingerprints, notes left out. */
export function schemaDifferences(before: Fingerprint, after: Fingerprint): SchemaDifference[] {
  const [left, right] = [byIdentity(before), byIdentity(after)];
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
  return keys.flatMap((key) => {
    const [a, b] = [left.get(key), right.get(key)];
    if (a?.[2] === b?.[2]) return [];
    const [kind, ident] = (a ?? b)!;
    return [{ kind, ident, before: a?.[2], after: b?.[2] }];
  });
}

function byIdentity(fingerprint: Fingerprint): Map<string, FingerprintRow> {
  const rows = fingerprint.rows.filter((row) => !isNote(row));
  return new Map(rows.map((row) => [`${row[0]}\0${row[1]}`, row]));
}

/** A difference as a sentence, such as `index shop.bids_at on shop.bids is missing`. */
export function differenceText({ kind, ident, before, after }: SchemaDifference): string {
  if (after === undefined) return `${kind} ${ident} is missing`;
  if (before === undefined) return `${kind} ${ident} was not there before`;
  return `${kind} ${ident} differs: ${shortened(before)} became ${shortened(after)}`;
}

/** Tells differences apart by their whole definitions, of which sentences show the beginning. */
export function differenceHash({ kind, ident, before, after }: SchemaDifference): string {
  const whole = JSON.stringify([kind, ident, before ?? null, after ?? null]);
  return createHash("sha256").update(whole).digest("hex");
}

/** A definition on one line that is not too long. */
export function shortened(definition: string): string {
  const line = definition.replaceAll(/\s+/g, " ").trim();
  return line.length > 160 ? `${line.slice(0, 157)}…` : line || "(nothing)";
}
