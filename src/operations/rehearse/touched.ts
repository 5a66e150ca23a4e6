import type { SchemaDifference } from "../../postgres/fingerprint.ts";
import type { MeasuredMove } from "./measure.ts";

/** An SQL name, bare or quoted. */
const PART = /"((?:[^"]|"")*)"|([^".]+)/g;

/**
 * Tables, as `schema.name`, in which a move may have lost something: their rows were written, or their
 * columns are others. A table whose definition and counters stand still has lost nothing.
 */
export function touchedTables(
  { measured }: Pick<MeasuredMove, "measured">,
  differences: readonly SchemaDifference[],
): string[] {
  const written = (measured?.tables ?? []).filter((table) =>
    table.inserted + table.updated + table.deleted > 0 || table.rewritten || table.dropped
  ).map(({ table }) => table);
  const changed = differences.filter(({ before }) => before !== undefined).flatMap(tableOf);
  return [...new Set([...written, ...changed])];
}

/** The table, as `schema.name`, that a difference is about: its own, or that of a column. */
export function tableOf({ kind, ident }: SchemaDifference): string[] {
  if (kind !== "table" && kind !== "column") return [];
  const parts = [...ident.matchAll(PART)].map(([, quoted, bare]) =>
    quoted === undefined ? bare! : quoted.replaceAll('""', '"')
  );
  return parts.length < 2 ? [] : [`${parts[0]}.${parts[1]}`];
}
