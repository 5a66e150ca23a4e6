import { checksums, countValues } from "../../postgres/checksums.ts";
import type { Sql } from "../../postgres/connection.ts";
import type { TableName } from "../../postgres/facts.ts";
import { fixSettings } from "../../postgres/fingerprint.ts";
import { inTransaction, lettingGo } from "../../postgres/held.ts";
import {
  type ColumnShape,
  readTableShapes,
  rowsOf,
  type TableShape,
} from "../../postgres/table_shapes.ts";
import {
  type ColumnPair,
  compareRows,
  type Databases,
  type FilledIn,
  type RowDifferences,
} from "./compare_rows.ts";
import { handIn } from "./counted.ts";
import { type Matching, matchTables, qualified } from "./match_tables.ts";

/** Which tables are compared, named as in the first database. */
export interface ComparedTables {
  /** `schema.name`; a partitioned table stands for its partitions. */
  readonly tables: readonly string[] | "all";
  /** Both databases come from one template: what is the same has the same ids, whatever its name. */
  readonly kin: boolean;
  /** A table that does not count, in either database: Alembic's version table. */
  readonly besides: TableName | undefined;
  /** Undefined: every time must be the same. */
  readonly filled?: FilledIn | undefined;
  readonly signal: AbortSignal;
}

/** What became of one table of the first database. */
export interface TableComparison {
  /** `schema.name` in the first database. */
  readonly table: string;
  /** The name in the second; null where the table is gone. */
  readonly now: string | null;
  /** Rows of a table that is gone; 0 of any other. */
  readonly goneRows: number;
  /** Columns that are gone and held values, with how many. */
  readonly goneColumns: ReadonlyMap<string, number>;
  /** How the rest differs; null where the table is gone. */
  readonly rows: RowDifferences | null;
  /** The table or a column of it is gone, with or without values. */
  readonly reshaped: boolean;
}

/** Compares two quiet databases of one server, table by table; both are only read. */
export async function compareTables(
  before: Sql,
  after: Sql,
  { tables, kin, besides, filled, signal }: ComparedTables,
): Promise<TableComparison[]> {
  return await reading(before, signal, (one) =>
    reading(after, signal, async (other) => {
      const databases = { before: one, after: other };
      const own = await readTableShapes(one, besides);
      const others = await readTableShapes(other, besides);
      const comparer = new Comparer(databases, own, matchTables(own, others, kin), filled);
      return await comparer.compareAll(tables, signal);
    }));
}

/** Reads one state of a database, written in one way whatever it has set. */
export async function reading<T>(
  sql: Sql,
  signal: AbortSignal,
  work: (transaction: Databases["before"]) => Promise<T>,
): Promise<T> {
  return await inTransaction(sql, async (transaction) => {
    await transaction`set transaction isolation level repeatable read, read only`;
    await fixSettings(transaction);
    const result = await work(transaction);
    await handIn(transaction);
    return result;
  }, signal);
}

/** Compares the tables of two databases, with partitions of one table told from a loss. */
class Comparer {
  readonly #byOid: ReadonlyMap<string, TableShape>;

  constructor(
    private readonly databases: Databases,
    private readonly own: readonly TableShape[],
    private readonly matching: Matching,
    private readonly filled: FilledIn | undefined,
  ) {
    this.#byOid = new Map(own.map((table) => [table.oid, table]));
  }

  async compareAll(
    tables: ComparedTables["tables"],
    signal: AbortSignal,
  ): Promise<TableComparison[]> {
    const comparisons: TableComparison[] = [];
    const roots = new Set<TableShape>();
    for (const table of this.own.filter((one) => one.kind === "r" && this.#isWanted(one, tables))) {
      signal.throwIfAborted();
      const root = this.#root(table);
      if (root && roots.has(root)) continue;
      const comparison = await this.#compareAlone(table);
      if (root && this.matching.table(root) && !isEqual(comparison)) roots.add(root);
      else comparisons.push(comparison);
    }
    // Rows that went from one partition to another are not gone.
    for (const root of roots) comparisons.push(await this.#compareAlone(root));
    return comparisons;
  }

  #isWanted(table: TableShape, tables: ComparedTables["tables"]): boolean {
    if (tables === "all") return true;
    const root = this.#root(table);
    return [table, ...(root ? [root] : [])].some((one) => tables.includes(qualified(one)));
  }

  #root({ root }: TableShape): TableShape | undefined {
    return root === null ? undefined : this.#byOid.get(root);
  }

  #compareAlone(table: TableShape): Promise<TableComparison> {
    const { before, after } = this.databases;
    return lettingGo(before, () => lettingGo(after, () => this.compare(table)));
  }

  async compare(table: TableShape): Promise<TableComparison> {
    const now = this.matching.table(table);
    const names = { table: qualified(table), now: now ? qualified(now) : null };
    if (!now) {
      const { rows } = await checksums(this.databases.before, rowsOf(table), []);
      return { ...names, goneRows: rows, goneColumns: new Map(), rows: null, reshaped: true };
    }
    const pairs = this.matching.columns(table, now);
    const kept = new Set(pairs.map(([column]) => column));
    const missing = table.columns.filter((column) => !kept.has(column) && !column.generated);
    const gone = await this.#notReplaced([table, now], missing, pairs);
    return {
      ...names,
      goneRows: 0,
      goneColumns: await this.#valuesIn(table, gone),
      rows: await compareRows(this.databases, [table, now], pairs, this.filled),
      reshaped: gone.length > 0,
    };
  }

  /** A column that another one of its name and with its values has taken the place of is not gone. */
  async #notReplaced(
    [table, now]: readonly [TableShape, TableShape],
    missing: readonly ColumnShape[],
    pairs: readonly ColumnPair[],
  ): Promise<ColumnShape[]> {
    const key = pairs.filter(([own]) => table.key.includes(own.number));
    const gone: ColumnShape[] = [];
    for (const column of missing) {
      const other = now.columns.find(({ name }) => name === column.name);
      const both: readonly ColumnPair[] = other ? [...key, [column, other]] : [];
      const rows = other && await compareRows(this.databases, [table, now], both, this.filled);
      if (!rows || rows.missing + rows.changed > 0) gone.push(column);
    }
    return gone;
  }

  async #valuesIn(
    table: TableShape,
    columns: readonly ColumnShape[],
  ): Promise<Map<string, number>> {
    const names = columns.map(({ name }) => name);
    const counts = await countValues(this.databases.before, rowsOf(table), names);
    return new Map([...counts].filter(([, rows]) => rows > 0));
  }
}

function isEqual({ now, goneColumns, rows }: TableComparison): boolean {
  const differing = rows ? rows.missing + rows.added + rows.changed : 0;
  return now !== null && goneColumns.size === 0 && differing === 0;
}
