import assert from "node:assert/strict";
import { OakumError } from "../../src/core/errors.ts";
import { table, THREE } from "./migrate/project.ts";
import { journalOf, openShop, type Ran } from "./migrate/shop.ts";

/** The ids and states of a run's steps. */
function told({ report, error }: Ran): string {
  assert.equal(error, undefined, error?.message);
  assert.ok(report);
  return report.steps.map(({ revision, state }) => `${revision} ${state}`).join(", ");
}

Deno.test("migrate() comes to its goal", async (t) => {
  await using shop = await openShop();

  await t.step("to what is typed: a count, the beginning of an id, head, base", async () => {
    await using scene = await shop.scene(THREE);
    assert.equal(told(await scene.run({ revision: "+1" })), "aaaa1 applied");
    assert.deepEqual(await scene.tables(), ["apples"]);
    assert.equal(told(await scene.run({ revision: "bbbb" })), "bbbb2 applied");
    assert.equal(told(await scene.run({ revision: "head" })), "cccc3 applied");
    assert.deepEqual(await scene.heads(), ["cccc3"]);

    const nothing = await scene.run({ revision: "head" });
    assert.equal(nothing.report?.kind, "migration-plan");
    assert.deepEqual([nothing.report.steps, nothing.asked], [[], []]);

    const down = (revision: string) => scene.run({ direction: "downgrade", revision });
    const last = await down("-1");
    assert.equal(told(last), "cccc3 applied");
    assert.ok(last.asked[0]?.details?.includes("How much that is: oakum rollback --dry-run"));
    assert.equal(told(await down("aaaa1")), "bbbb2 applied");
    assert.deepEqual(await scene.tables(), ["apples"]);
    assert.equal(told(await scene.run({ revision: "head" })), "bbbb2 applied, cccc3 applied");
    const all = await down("base");
    assert.equal(told(all), "cccc3 applied, bbbb2 applied, aaaa1 applied");
    assert.ok(
      all.asked[0]?.details?.includes("How much that is: oakum rollback --to base --dry-run"),
    );
    assert.deepEqual([await scene.heads(), await scene.tables()], [[], []]);
  });

  await t.step("from where it was agreed to begin, and nowhere else", async () => {
    await using scene = await shop.scene(THREE);
    assert.equal(told(await scene.run({ revision: "bbbb2" })), "aaaa1 applied, bbbb2 applied");
    const down = { direction: "downgrade", revision: "base" } as const;
    const moved = await scene.run({ ...down, from: ["aaaa1"] });
    assert.deepEqual([moved.error?.outcome, moved.error?.code], ["refused", "moved-meanwhile"]);
    assert.deepEqual(await scene.heads(), ["bbbb2"]);
    const still = await scene.run({ ...down, from: ["bbbb2"] });
    assert.equal(told(still), "bbbb2 applied, aaaa1 applied");
  });

  await t.step("nothing happens in a dry run, nor where the answer is no", async () => {
    await using scene = await shop.scene(THREE);
    const dry = await scene.run({ dryRun: true });
    assert.equal(told(dry), "aaaa1 pending, bbbb2 pending, cccc3 pending");
    assert.deepEqual(dry.asked, []);
    const declined = await scene.run({}, {
      answer: () => {
        throw new OakumError("declined", "refused", "You said no.");
      },
    });
    assert.equal(declined.error?.outcome, "refused");
    const [question] = declined.asked;
    assert.equal(question?.text, `Apply 3 revisions to "${scene.database.name}" of shop?`);
    assert.ok(question.details?.includes("aaaa1  Sell apples"));
    assert.deepEqual([await scene.tables(), await journalOf(scene)], [[], []]);
  });

  await t.step(
    "a revision that is not there, and heads that are several, are refused",
    async () => {
      await using scene = await shop.scene([...THREE, table("dddd4", "bbbb2", "dates")]);
      const unknown = await scene.run({ revision: "nowhere" });
      assert.equal(unknown.error?.code, "unknown-revision");
      const several = await scene.run({ revision: "head" });
      assert.equal(several.error?.code, "several-heads");
      assert.match(several.error.message, /cccc3.*dddd4/s);
      assert.deepEqual(await scene.tables(), []);
    },
  );

  await t.step("branches are walked one revision at a time, and merged", async () => {
    const merge = { id: "eeee5", down: ["cccc3", "dddd4"], doc: "Merge" };
    await using scene = await shop.scene([...THREE, table("dddd4", "bbbb2", "dates"), merge]);
    const ran = await scene.run();
    assert.equal(ran.report?.steps.length, 5, told(ran));
    assert.deepEqual(await scene.heads(), ["eeee5"]);
    assert.deepEqual(await scene.tables(), ["apples", "bananas", "cherries", "dates"]);
    const steps = (await journalOf(scene)).filter(({ kind }) => kind === "outcome");
    assert.deepEqual(steps.map(({ data }) => (data["heads"] as string[]).length), [1, 1, 1, 2, 1]);
    const down = await scene.run({ direction: "downgrade", revision: "bbbb2" });
    assert.equal(down.report?.steps.length, 3, told(down));
    assert.deepEqual(await scene.tables(), ["apples", "bananas"]);
  });

  await t.step("the version table is found under any name and in any schema", async () => {
    const configure = "version_table='history', version_table_schema='meta'";
    await using scene = await shop.scene(THREE, { configure });
    await scene.database.sql`create schema meta`;
    // One that is not ours, and says something else.
    await scene.database.sql`create table public.history (version_num varchar(32))`;
    await scene.database.sql`insert into history values ('cccc3')`;
    assert.equal(told(await scene.run({ revision: "bbbb2" })), "aaaa1 applied, bbbb2 applied");
    const [row] = await scene.database.sql`select version_num from meta.history`;
    assert.equal(row?.["version_num"], "bbbb2");
  });

  await t.step("the version table is where the app's search path leads", async () => {
    await using scene = await shop.scene(THREE);
    const { sql, name } = scene.database;
    await sql`create schema shop`;
    await sql`create table public.alembic_version (version_num varchar(32))`;
    await sql.unsafe(`alter database "${name}" set search_path = shop, public`);
    await sql`insert into public.alembic_version values ('cccc3')`;
    await sql`create table shop.alembic_version (version_num varchar(32))`;
    await sql`insert into shop.alembic_version values ('aaaa1')`;
    assert.equal(told(await scene.run({ revision: "+1" })), "bbbb2 applied");
  });
});

Deno.test("migrate() tells the server who it is, and keeps a journal", async (t) => {
  await using shop = await openShop();

  await t.step("the app's session is named, and its timeouts are oakum's", async () => {
    const asked = [
      "application_name",
      "lock_timeout",
      "statement_timeout",
      "transaction_timeout",
      "idle_in_transaction_session_timeout",
      "client_connection_check_interval",
    ];
    const upgrade = [
      "op.execute('create table seen (name text, value text)')",
      ...asked.map((name) =>
        `op.execute("insert into seen values ('${name}', current_setting('${name}'))")`
      ),
    ];
    await using scene = await shop.scene([{ id: "aaaa1", upgrade }]);
    // What the database sets for everyone would cut a migration.
    const alter = (text: string) =>
      scene.database.sql.unsafe(`alter database "${scene.database.name}" set ${text}`);
    await alter("statement_timeout = '200ms'");
    await alter("transaction_timeout = '250ms'");
    await alter("lock_timeout = '1h'");
    await alter("idle_in_transaction_session_timeout = '300ms'");
    const ran = await scene.run({ lockTimeoutMs: 1500 });
    assert.equal(told(ran), "aaaa1 applied");
    const rows = await scene.database.sql<{ name: string; value: string }[]>`select * from seen`;
    assert.deepEqual(Object.fromEntries(rows.map(({ name, value }) => [name, value])), {
      application_name: `oakum/${ran.runId}/app`,
      lock_timeout: "1500ms",
      statement_timeout: "0",
      transaction_timeout: "0",
      idle_in_transaction_session_timeout: "10min",
      client_connection_check_interval: "2s",
    });
  });

  await t.step("intent and outcome of each revision are written", async () => {
    await using scene = await shop.scene(THREE);
    const ran = await scene.run({ revision: "bbbb2" });
    assert.equal(told(ran), "aaaa1 applied, bbbb2 applied");
    const entries = await journalOf(scene);
    assert.deepEqual(
      entries.map(({ kind, run, operation, data }) => [kind, run, operation, data["to"]]),
      [
        ["intent", ran.runId, "upgrade", ["aaaa1"]],
        ["outcome", ran.runId, "upgrade", undefined],
        ["intent", ran.runId, "upgrade", ["bbbb2"]],
        ["outcome", ran.runId, "upgrade", undefined],
      ],
    );
    const [intent, outcome] = entries;
    assert.match(String(intent?.data["sha256"]), /^[0-9a-f]{64}$/);
    assert.ok(outcome?.kind === "outcome" && outcome.ok);
    assert.deepEqual(outcome.data["heads"], ["aaaa1"]);
  });
});
