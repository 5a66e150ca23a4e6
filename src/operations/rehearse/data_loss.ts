import type { Sql } from "../../postgres/connection.ts";
import type { DataLoss } from "../../reports/rehearsal.ts";
import { type ComparedTables, compareTables, type TableComparison } from "./compare_tables.ts";
import { lostElsewhere, readElsewhere } from "./lost_elsewhere.ts";

/**
 * Says what the second of two quiet databases of one server has lost of the first: tables, columns,
 * rows and values, places of sequences and large objects. Rows that are new are no loss, nor is a
 * column that only got another name or a type that holds the same; Alembic's version table does not
 * count.
 */
export async function dataLost(
  before: Sql,
  after: Sql,
  what: ComparedTables,
): Promise<DataLoss[]> {
  const inTables = (await compareTables(before, after, what)).flatMap(losses);
  const { kin, signal } = what;
  const elsewhere = await readElsewhere(before, signal);
  return [...inTables, ...await lostElsewhere(elsewhere, after, { kin, inTables, signal })];
}

/** What a comparison says that is lost. */
export function losses({ table, now, goneRows, goneColumns, rows }: TableComparison): DataLoss[] {
  const loss = (what: DataLoss["what"], column: string | null, rows: number): DataLoss[] =>
    rows > 0 ? [{ what, table, column, rows }] : [];
  if (now === null || !rows) return loss("table", null, goneRows);
  return [
    ...[...goneColumns].flatMap(([column, count]) => loss("column", column, count)),
    ...loss("rows", null, rows.missing),
    ...[...rows.columns].flatMap(([column, count]) => loss("values", column, count)),
    // Where no column has other values than before, they changed places.
    ...loss("values", null, rows.columns.size === 0 ? rows.changed : 0),
  ];
}
