import type { DataLoss } from "../../../src/reports/rehearsal.ts";
import type { RollbackPlan, RollbackPrice, RollbackWay } from "../../../src/reports/rollback.ts";

/** A price, free unless something else is said. */
export function priceOf(way: RollbackWay, given: Partial<RollbackPrice> = {}): RollbackPrice {
  const backup = way === "restore" ? "db_backup_20261122_020000" : null;
  return {
    ...{ way, verdict: "free", why: null, backup, lost: [], returning: [], notBack: [] },
    ...{ besides: [], notes: [] },
    ...given,
  };
}

/** Rows of a column that users filled after the upgrade. */
export const FILLED: DataLoss = {
  what: "values",
  table: "public.users",
  column: "address",
  rows: 1204,
};

/** A rollback of one revision that has a price by either way. */
export const PLAN: RollbackPlan = {
  kind: "rollback-plan",
  target: { project: "shop", service: "db", database: "shop" },
  ...{ app: "web", from: ["4f1c09ab"], to: ["27ab4cd8"] },
  revisions: [{ id: "4f1c09ab", doc: "Keep addresses" }],
  upgrade: { run: "3kq9", at: "2026-11-22T14:00:00Z" },
  backup: "db_backup_20261122_143914",
  prices: {
    downgrade: priceOf("downgrade", {
      verdict: "loses",
      lost: [FILLED],
      notBack: [{ what: "column", table: "public.users", column: "nick", rows: 1 }],
    }),
    restore: priceOf("restore", {
      verdict: "loses",
      lost: [{ what: "rows", table: "public.orders", column: null, rows: 12 }, FILLED],
      returning: [{ table: "public.orders", rows: 1 }],
      notes: ["At most that."],
    }),
  },
  image: { name: "shop:41", id: `sha256:${"0f".repeat(32)}` },
  runs: { name: "shop:42", id: `sha256:${"a1".repeat(32)}` },
  mounted: null,
  warnings: [],
  way: null,
};
