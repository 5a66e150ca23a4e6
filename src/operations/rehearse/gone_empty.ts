import type { DataLoss, GoneEmpty } from "../../reports/rehearsal.ts";
import type { CopyPicture } from "./picture.ts";
import { goneColumns } from "./replaced_columns.ts";

/**
 * Tables and columns that a move took away without a loss, since the copy held nothing in them: of the
 * live data that proves nothing. What another one of its name took the place of was compared with it.
 */
export function goneEmpty(
  before: CopyPicture,
  after: CopyPicture,
  lost: readonly DataLoss[],
): GoneEmpty[] {
  const now = new Map(after.relations.map((relation) => [relation.oid, relation]));
  const names = new Set(after.relations.map(({ name }) => name));
  const tables = before.relations
    .filter(({ oid, name, columns }) => columns && !now.has(oid) && !names.has(name))
    .map(({ name }) => ({ table: name, column: null }));
  const columns = goneColumns(before, after)
    .filter(({ oid, column }) => !Object.hasOwn(now.get(oid)?.columns ?? {}, column))
    .map(({ table, column }) => ({ table, column }));
  return [...tables, ...columns].filter((gone) => !lost.some((loss) => covers(loss, gone)));
}

function covers({ what, table, column }: DataLoss, gone: GoneEmpty): boolean {
  return table === gone.table && (what === "table" || column === gone.column);
}
