import assert from "node:assert/strict";
import type { RestoreReport } from "../../../../src/reports/restore.ts";
import type {
  RollbackPlan,
  RollbackPrices,
  RollbackReport,
  RollbackWay,
} from "../../../../src/reports/rollback.ts";
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
Before the upgrade web ran shop:41 (0f0f0f0f0f0f), and now it has shop:42 (a1a1a1a1a1a1). With the old schema, start the old one again.
`,
  );
});

Deno.test("showRollbackPlan() offers only the ways that can be gone", () => {
  const no = { verdict: "impossible", why: "it fails." } as const;
  const { downgrade, restore } = PLAN.prices;
  const end = (prices: RollbackPrices) =>
    shown((page) => showRollbackPlan({ ...PLAN, prices }, page)).split("\n").at(-3);
  assert.equal(
    end({ downgrade: priceOf("downgrade", no), restore }),
    "A person has to decide whether to go the only way: --via restore",
  );
  assert.equal(
    end({ downgrade, restore: priceOf("restore", no) }),
    "A person has to decide whether to go the only way: --via downgrade",
  );
  assert.equal(
    end({ downgrade: priceOf("downgrade", no), restore: priceOf("restore", no) }),
    "Neither way can be gone. See what there is to go back to: oakum backups",
  );
});

Deno.test("showRollbackPlan() speaks of an image only where another one is known to have run", () => {
  const said = (given: Partial<RollbackPlan>) =>
    shown((page) => showRollbackPlan({ ...PLAN, ...given }, page)).split("\n").at(-2);
  const measured = "A person has to decide: --via downgrade or --via restore";
  assert.equal(said({ image: null }), measured);
  assert.equal(said({ image: { ...PLAN.runs, name: "shop:latest" } }), measured);
  assert.equal(
    said({ image: null, mounted: "/home/ada/shop" }),
    "web has its revisions from /home/ada/shop on the host: after a rollback the code there may " +
      "be newer than the schema.",
  );
});

/** A rollback of the plan that was done. */
function done(way: RollbackWay, given: Partial<RollbackReport> = {}): string {
  const { kind: _kind, way: _way, ...scope } = PLAN;
  const report: RollbackReport = {
    ...{ kind: "rollback", ...scope, way, migration: null, restored: null },
    ...{ image: null, tookMs: 65_000, wayTookMs: 1200 },
    ...given,
  };
  return shown((page) => showRollback(report, page));
}

const RESTORED: RestoreReport = {
  ...{ kind: "restore", target: PLAN.target, backup: "db_backup_20261122_020000" },
  ...{ database: "shop", keptAs: "shop__before_x", tables: 2, rows: 9, endedSessions: 0 },
  ...{ rolesCreated: [], restart: [], undo: "oakum restore --undo" },
  ...{ finalize: "oakum restore --finalize", tookMs: 900, warnings: [] },
};

Deno.test("showRollback() says how long it took, and that nothing was lost", () => {
  const text = done("downgrade", {
    prices: { ...PLAN.prices, downgrade: priceOf("downgrade") },
  });
  assert.equal(
    text,
    `Rolled back by downgrade in 1 min 5 s, 1.2 s of it the way back itself: 4f1c09ab → 27ab4cd8
It lost nothing.
Backup from before the rollback: db_backup_20261122_143914
`,
  );
});

Deno.test("showRollback() says what a restore lost, in the past, and where that still is", () => {
  const text = done("restore", { restored: RESTORED });
  assert.equal(
    text.slice(text.indexOf("It lost")),
    `It lost:
  12 rows of public.orders
  1,204 values of public.users.address
  table public.orders: 1 deleted row came back
  At most that.
What was lost is still in shop__before_x. To have that instead: oakum restore --undo
Backup from before the rollback: db_backup_20261122_143914
It has what was lost, as of then. Beside the database: oakum restore db_backup_20261122_143914 --into look
`,
  );
});

Deno.test("showRollback() names the backup that has what a downgrade did not bring back", () => {
  const { notBack } = PLAN.prices.downgrade;
  const downgrade = priceOf("downgrade", { verdict: "loses", notBack });
  const text = done("downgrade", { prices: { ...PLAN.prices, downgrade } });
  assert.equal(
    text.slice(text.indexOf("It did")),
    `It did not bring everything back:
  not brought back: the column public.users.nick with 1 value
What was not brought back is in the backup db_backup_20261122_020000. Beside the database: oakum restore db_backup_20261122_020000 --into look
Backup from before the rollback: db_backup_20261122_143914
`,
  );
  assert.match(
    done("downgrade"),
    /^It has what was lost, as of then\. .* db_backup_20261122_143914 /m,
  );
});

Deno.test("showRollback() leaves open what was lost where nobody measured it", () => {
  const restore = priceOf("restore", { verdict: "unknown", why: "there was no room." });
  const text = done("restore", {
    ...{ restored: RESTORED, backup: null, prices: { ...PLAN.prices, restore } },
  });
  assert.match(text, /^What it lost is not known: there was no room\.$/m);
  assert.match(text, /^What was lost is still in shop__before_x\. .*: oakum restore --undo$/m);
});
