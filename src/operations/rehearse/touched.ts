import type { SchemaDifference } from "../../postgres/fingerprint.ts";
import type { MeasuredStep } from "../../reports/rehearsal.ts";
import type { CopyPicture } from "./picture.ts";

/** An SQL name, bare or quoted. */
const PART = /"((?:[^"]|"")*)"|([^".]+)/g;

/** Tables, as `schema.name`, whose rows a move wrote, or threw away. */
export function writtenTables(measured: MeasuredStep | null): string[] {
  return (measured?.tables ?? []).filter((table) =>
    table.inserted + table.updated + table.deleted > 0 || table.rewritten || table.dropped
  ).map(({ table }) => table);
}

/** Tables, as `schema.name`, of which a difference says that they or their columns are others. */
export function changedTables(differences: readonly SchemaDifference[]): string[] {
  return differences.filter(({ before }) => before !== undefined).flatMap(tableOf);
}

/**
 * Whether a composite type of the first picture is another one, or gone: a column of any table may
 * be of it, whose values are then others without a trace in the table's own definition.
 */
export function changesType(
  { relations }: Pick<CopyPicture, "relations">,
  differences: readonly SchemaDifference[],
): boolean {
  const names = new Set(relations.map(({ name }) => name));
  return changedTables(differences).some((name) => !names.has(name));
}

/** The table, as `schema.name`, that a difference is about: its own, or that of a column. */
export function tableOf({ kind, ident }: SchemaDifference): string[] {
  if (kind !== "table" && kind !== "column") return [];
  const parts = [...ident.matchAll(PART)].map(([, quoted, bare]) =>
    quoted === undefined ? bare! : quoted.replaceAll('""', '"')
  );
  return parts.length < 2 ? [] : [`${parts[0]}.${parts[1]}`];
}
