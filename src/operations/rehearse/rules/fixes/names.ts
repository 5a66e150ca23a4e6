import type { SqlName } from "../sql/names.ts";

/** A name for something that belongs to a table, short enough for PostgreSQL. */
export function nameFor(prefix: string, table: SqlName, ...parts: readonly string[]): string {
  const words = [prefix, table.name, ...parts].join("_").toLowerCase();
  return words.replaceAll(/[^a-z0-9]+/g, "_").replace(/_+$/, "").slice(0, 60);
}

/** An identifier as SQL needs it: quoted only where it has to be. */
export function ident(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
