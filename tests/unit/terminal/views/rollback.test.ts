import assert from "node:assert/strict";
import type { RollbackReport } from "../../../../src/reports/rollback.ts";
import { pageOn } from "../../../../src/terminal/page.ts";
import { showRollback, showRollbackPlan } from "../../../../src/terminal/views/rollback.ts";
import { PLAN, priceOf } from "../../operations/rollback_prices.ts";
import { memoryChannel } from "../streams.ts";

const NOW = new Date("2026-11-22T16:00:00Z");

function shown(show: (page: ReturnType<typeof pageOn>) => void): string {
  const { sink, channel } = memoryChannel({ terminal: false });
  show(pageOn(channel, NOW, false));
  return sink.text;
}

Deno.test("showRollbackPlan() has both prices line by line, and who decides", () => {
  assert.equal(
    shown((page) => showRollbackPlan(PLAN, page)),
    `Would undo 1 revision, the upgrade of 2026-11-22T14:00:00Z: 4f1c09ab → 27ab4cd8
  4f1c09ab  Keep addresses
downgrade: would lose
  1,204 values of public.users.address
  not brought back: the column public.users.nick with 1 value
restore of db_backup_20261122_020000: would lose
  12 rows of public.orders
  1,204 values of public.users.address
  table public.orders: 1 deleted row comes back
  At most that.
Measured on the backup that was taken for it: db_backup_20261122_143914
A person has to decide: --via downgrade or --via restore
web ran shop:41 (sha256:0f0f) before the upgrade. Start what knows 27ab4cd8 as its head.
`,
  );
});

Deno.test("showRollback() says how long it took, and where to go on from", () => {
  const { kind: _kind, way: _way, ...scope } = PLAN;
  const report: RollbackReport = {
    ...{ kind: "rollback", ...scope, way: "downgrade", migration: null, restored: null },
    prices: { ...PLAN.prices, downgrade: priceOf("downgrade") },
    ...{ image: null, tookMs: 65_000, wayTookMs: 1200 },
  };
  const text = shown((page) => showRollback(report, page));
  assert.match(text, /^Rolled back by downgrade in 1 min 5 s, 1\.2 s of it the way back itself/);
  assert.match(text, /^downgrade: loses nothing$/m);
  assert.match(text, /^Backup from before the rollback: db_backup_20261122_143914$/m);
  assert.match(text, /the journal does not know which\. Start what knows 27ab4cd8 as its head/);
});
