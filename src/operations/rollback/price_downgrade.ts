import type { RollbackPrice } from "../../reports/rollback.ts";
import { lostBesidesTables, readBesidesTables } from "../../postgres/besides_tables.ts";
import { compareTables } from "../rehearse/compare_tables.ts";
import type { Copy } from "../rehearse/copy.ts";
import { losses } from "../rehearse/data_loss.ts";
import { columnsOnlyIn, filledIn, timed } from "./filled_in.ts";
import type { Measuring } from "./measure.ts";
import { versionTableName } from "../migrate/version_table.ts";
import { nothingLost } from "./unpriced.ts";
import { readUses, usedSince } from "./used_tables.ts";
import { walkOn } from "./walk.ts";

/** What a downgrade costs, and the tables that it takes something from, or might of other rows. */
export interface DowngradePrice {
  readonly price: RollbackPrice;
  readonly touched: readonly string[];
}

/**
 * Takes the copy down and up again and compares it with what is kept: what is there both times, such
 * as what the upgrade fills in by itself, is not lost; the rest somebody wrote since.
 */
export async function priceDowngrade(measuring: Measuring, copy: Copy): Promise<DowngradePrice> {
  const { way } = measuring;
  const free = nothingLost(way, "downgrade");
  const impossible = (why: string): DowngradePrice => ({
    price: { ...free, verdict: "impossible", why },
    touched: [],
  });
  if ("cannot" in way.downgrade) return impossible(way.downgrade.cannot);
  const uses = await readUses(copy.sql());
  const failure = await walkOn(measuring, copy, way.down);
  if (failure !== undefined) return impossible(failure);
  const used = await usedSince(copy.sql(), uses);
  const what = {
    ...{ tables: "all" as const, kin: true, signal: copy.signal },
    besides: versionTableName(measuring.table),
  };
  const down = await compareTables(copy.keptSql(), copy.sql(), what);
  const changed = down.filter((one) => one.reshaped || losses(one).length > 0)
    .map(({ table }) => table);
  const touched = [...new Set([...changed, ...used])];
  const before = await readBesidesTables(copy.keptSql());
  const goneBelow = lostBesidesTables(before, await readBesidesTables(copy.sql()));
  const alone = await columnsOnlyIn(copy.keptSql(), copy.sql(), what);
  const { result: again, when } = await timed(copy, () => walkOn(measuring, copy, way.up));
  const filled = filledIn(way.upgrade, when, alone);
  const lost = again === undefined
    ? (await compareTables(copy.keptSql(), copy.sql(), { ...what, filled })).flatMap(losses)
    : down.flatMap(losses);
  const besides = again === undefined
    ? lostBesidesTables(before, await readBesidesTables(copy.sql()))
    : goneBelow;
  const notes = again === undefined ? [] : [`The same upgrade afterwards: ${again}`];
  const verdict = lost.length + besides.length > 0 ? "loses" : "free";
  return { price: { ...free, verdict, lost, besides, notes }, touched };
}
