import type { FilledIn, Interval } from "../rehearse/compare_rows.ts";
import type { ComparedTables } from "../rehearse/compare_tables.ts";
import type { Sql } from "../../postgres/connection.ts";
import { readTableShapes } from "../../postgres/table_shapes.ts";
import type { Copy } from "../rehearse/copy.ts";
import { matchTables, qualified } from "../rehearse/match_tables.ts";
import type { LastUpgrade } from "./last_upgrade.ts";

/** The journal has whole seconds. */
const SLACK_SECONDS = 1;

/** When a walk over the copy was, by the clock of its server. */
export async function timed<T>(
  copy: Copy,
  walk: () => Promise<T>,
): Promise<{ readonly result: T; readonly when: Interval }> {
  const from = await now(copy.sql());
  const result = await walk();
  return { result, when: { from, to: await now(copy.sql()) } };
}

async function now(sql: Sql): Promise<number> {
  const [row] = await sql<{ now: number }[]>`
    select extract(epoch from clock_timestamp())::float8 as now`;
  if (!row) throw new Error("the server did not answer");
  return row.now;
}

/**
 * What the upgrade filled in with the time, and would with another one each time. Nothing where
 * nobody knows when it was.
 */
export function filledIn(
  upgrade: LastUpgrade | undefined,
  after: Interval,
  columns: FilledIn["columns"],
): FilledIn | undefined {
  if (!upgrade?.until) return undefined;
  const seconds = (instant: string) => Date.parse(instant) / 1000;
  const before = {
    from: seconds(upgrade.at) - SLACK_SECONDS,
    to: seconds(upgrade.until) + SLACK_SECONDS,
  };
  return { before, after, columns };
}

/** The columns, by table, that are in one database alone. */
export async function columnsOnlyIn(
  own: Sql,
  other: Sql,
  { kin, besides }: Pick<ComparedTables, "kin" | "besides">,
): Promise<FilledIn["columns"]> {
  const here = await readTableShapes(own, besides);
  const there = await readTableShapes(other, besides);
  const matching = matchTables(here, there, kin);
  return new Map(here.map((table) => {
    const match = matching.table(table);
    const common = match ? matching.columns(table, match).map(([column]) => column) : [];
    const alone = table.columns.filter((column) => !common.includes(column));
    return [qualified(table), new Set(alone.map(({ name }) => name))];
  }));
}
