import assert from "node:assert/strict";
import type { MeasuredStep } from "../../src/reports/rehearsal.ts";
import type { MeasuredMove } from "../../src/operations/rehearse/measure.ts";
import { countFilled } from "../../src/operations/rehearse/row_counts.ts";
import { DRIVERS, Measuring } from "./rehearse/measuring.ts";

/** A function by which 500 rows take some seconds to be indexed. */
const SLOW = `create function slow(n int) returns int immutable language plpgsql
  as 'begin perform pg_sleep(0.002); return n; end'`;

/** What was measured of a move that went well. */
function well({ measured, failure }: MeasuredMove): MeasuredStep {
  assert.deepEqual(failure, null);
  assert.ok(measured);
  return measured;
}

/** The locks without their times: `SHARE public.apples 0`. */
function locks({ locks }: MeasuredStep): string[] {
  return locks.map(({ mode, relation, statement }) => `${mode} ${relation} ${statement}`);
}

/** What was done to `apples`: only what is not nothing. */
function change({ tables }: MeasuredStep): Record<string, unknown> | undefined {
  const [found, ...others] = tables;
  assert.deepEqual(others, []);
  if (!found) return undefined;
  assert.equal(found.table, "public.apples");
  assert.ok(found.bytes > 0);
  const { table: _table, bytes: _bytes, scanned: _scanned, ...rest } = found;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value));
}

for (const driver of DRIVERS) {
  Deno.test(`measureMove() tells what a revision does, with ${driver.driver}`, async (t) => {
    await using measuring = await Measuring.open(driver);

    await t.step("nothing of what was read before it", async () => {
      const slow = "op.execute('select pg_sleep(1.5)')";
      await using at = await measuring.orchard([{ upgrade: [slow] }]);
      const [apples] = await at.sql<{ oid: string }[]>`select 'apples'::regclass::oid::text as oid`;
      const { signal } = new AbortController();
      const counted = await countFilled(
        at.place.connections().reader,
        [apples!.oid],
        undefined,
        signal,
      );
      assert.deepEqual(counted.map(({ rows }) => rows), [500]);
      assert.deepEqual(well(await at.move("bbbb1")).tables, []);
    });

    await t.step("the locks of an index, its bytes, and the line that built it", async () => {
      await using at = await measuring.orchard([{
        upgrade: ["op.create_index('by_weight', 'apples', ['weight'])"],
        downgrade: ["op.drop_index('by_weight')"],
      }]);
      const up = well(await at.move("bbbb1"));
      assert.deepEqual(locks(up), ["SHARE public.apples 0"]);
      assert.ok(up.locks[0]!.heldMs > 0);
      const [index, ...others] = up.indexes;
      assert.deepEqual([others, index?.index], [[], "public.by_weight"]);
      assert.deepEqual(index, {
        ...{ index: "public.by_weight", table: "public.apples", concurrently: false, valid: true },
        bytes: Number((await at.sql`select pg_relation_size('by_weight') as n`)[0]!["n"]),
      });
      assert.equal(up.statements.length, 1);
      const { file, line, sql, autocommit } = up.statements[0]!;
      assert.deepEqual([sql, autocommit], ["CREATE INDEX by_weight ON apples (weight)", false]);
      assert.equal(file, `${at.scene.inside}/versions/bbbb1.py`);
      const text = await Deno.readTextFile(`${at.scene.folder}/versions/bbbb1.py`);
      assert.match(text.split("\n")[line! - 1]!, /op\.create_index/);
      assert.deepEqual([up.committedInside, up.grewBytes > 0, up.walBytes > 0], [
        false,
        true,
        true,
      ]);

      const down = well(await at.move("bbbb1", { direction: "downgrade" }));
      assert.deepEqual(locks(down).sort(), [
        "ACCESS EXCLUSIVE public.apples 0",
        "ACCESS EXCLUSIVE public.by_weight 0",
      ]);
      assert.deepEqual([down.indexes, change(down)], [[], undefined]);
    });

    await t.step("an index that is built concurrently, seen from outside", async () => {
      await using at = await measuring.orchard([{
        upgrade: [
          "with op.get_context().autocommit_block():",
          "    op.create_index(",
          "        'by_weight', 'apples', [sa.text('slow(weight)')], postgresql_concurrently=True",
          "    )",
        ],
      }], SLOW);
      const up = well(await at.move("bbbb1"));
      assert.deepEqual(locks(up), ["SHARE UPDATE EXCLUSIVE public.apples null"]);
      assert.ok(up.locks[0]!.heldMs > 0);
      assert.deepEqual(up.indexes.map(({ concurrently, valid }) => [concurrently, valid]), [
        [true, true],
      ]);
      assert.equal(up.committedInside, true);
      assert.equal(up.statements.some(({ autocommit }) => autocommit), true);
    });

    await t.step("the same, where it ends all other sessions before", async () => {
      await using at = await measuring.orchard([{
        upgrade: [
          "op.execute('select pg_terminate_backend(pid) from pg_stat_activity '",
          "    'where datname = current_database() and pid <> pg_backend_pid()')",
          "with op.get_context().autocommit_block():",
          "    op.create_index(",
          "        'by_weight', 'apples', [sa.text('slow(weight)')], postgresql_concurrently=True",
          "    )",
        ],
      }], SLOW);
      const { sql } = at.place.connections();
      await sql`select 1`;
      const up = well(await at.move("bbbb1"));
      assert.deepEqual(locks(up), ["SHARE UPDATE EXCLUSIVE public.apples null"]);
      assert.notEqual(at.place.connections().sql, sql);
    });

    await t.step("rows that are changed, to the last one", async () => {
      await using at = await measuring.orchard([
        { upgrade: ["op.execute('update apples set weight = weight + 1')"] },
        { upgrade: ["op.execute('delete from apples where id <= 30')"] },
        { upgrade: ["op.execute(\"insert into apples values (1001, 1, 'x'), (1002, 1, 'x')\")"] },
      ]);
      const update = well(await at.move("bbbb1"));
      assert.deepEqual(change(update), { rows: 500, updated: 500 });
      assert.deepEqual([locks(update), update.statements[0]?.rows], [[], 500]);
      assert.deepEqual(change(well(await at.move("bbbb2"))), { rows: 500, deleted: 30 });
      assert.deepEqual(change(well(await at.move("bbbb3"))), { rows: 470, inserted: 2 });
    });

    await t.step("a table that is written anew, and one that is not", async () => {
      await using at = await measuring.orchard([
        { upgrade: ["op.alter_column('apples', 'weight', type_=sa.BigInteger)"] },
        { upgrade: ["op.alter_column('apples', 'kind', type_=sa.String(200))"] },
      ]);
      const anew = well(await at.move("bbbb1"));
      assert.deepEqual(change(anew), { rows: 500, rewritten: true });
      assert.ok(locks(anew).includes("ACCESS EXCLUSIVE public.apples 0"), `${locks(anew)}`);
      assert.deepEqual(anew.indexes, []);
      const wider = well(await at.move("bbbb2"));
      assert.deepEqual(change(wider), undefined);
      assert.deepEqual(locks(wider), ["ACCESS EXCLUSIVE public.apples 0"]);
    });

    await t.step(
      "a table that is emptied, then dropped, and one that it makes itself",
      async () => {
        await using at = await measuring.orchard([
          {
            upgrade: [
              "op.execute('truncate apples')",
              "op.execute(\"insert into apples values (1, 1, 'x')\")",
            ],
          },
          {
            upgrade: [
              "op.drop_table('apples')",
              "op.create_table('pears', sa.Column('id', sa.Integer, primary_key=True))",
              "op.execute('insert into pears values (1)')",
            ],
          },
        ]);
        const emptied = change(well(await at.move("bbbb1")));
        assert.deepEqual(emptied, { rows: 500, inserted: 1, deleted: 500 });
        const dropped = well(await at.move("bbbb2"));
        assert.deepEqual(change(dropped), { rows: 1, dropped: true });
        assert.ok(locks(dropped).includes("ACCESS EXCLUSIVE public.apples 0"), `${locks(dropped)}`);
        assert.ok(!JSON.stringify(dropped.locks).includes("pears"));
      },
    );
  });
}
