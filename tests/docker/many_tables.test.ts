import assert from "node:assert/strict";
import { appService, dbService, Stage } from "./rehearse/stage.ts";

const TABLES = 350;

/** A lock for each table fits, one for each of its indexes does not. */
const SMALL = "-c max_locks_per_transaction=16 -c max_connections=20 -c max_wal_senders=0";

/** Each in a transaction of its own, which has room for its locks. */
const MANY = `
  do $$ begin
    for n in 1..${TABLES} loop
      execute format('create table many_%s (id int primary key, a int unique, b int unique, c int unique)', n);
      execute format('insert into many_%s values (1, 1, 1, 1)', n);
      commit;
    end loop;
  end $$`;

Deno.test("a server that cannot lock all indexes of its tables at once", async (t) => {
  const command = `postgres -c fsync=off -c wal_level=minimal ${SMALL}`;
  await using stage = await Stage.open({
    services: { db: await dbService({ command }), web: await appService() },
  });
  await stage.ask(MANY);

  await t.step("must be backed up and rehearsed", async () => {
    const { verdict } = await stage.rehearses(0);
    assert.equal(verdict, "passed");
  });

  await t.step("must be upgraded, and the way back priced", async () => {
    assert.equal((await stage.start("upgrade", "--yes").ended()).code, 0);
    await stage.ask("insert into bananas values (1)");
    const { code, stdout } = await stage.start("rollback", "--dry-run").ended();
    assert.equal(code, 0, stdout);
    const { prices } = JSON.parse(stdout.trim().split("\n").at(-1)!).report;
    assert.deepEqual(prices.downgrade.lost, [
      { what: "rows", table: "public.bananas", column: null, rows: 1 },
    ]);
    assert.equal(prices.restore.verdict, "loses");
  });
});
