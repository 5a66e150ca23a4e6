import assert from "node:assert/strict";
import type { OakumEvent } from "../../src/core/events.ts";
import { table } from "./migrate/project.ts";
import { headsOf, openShop, type Ran, type Scene } from "./migrate/shop.ts";
import { eventually } from "./polling.ts";

const BASE = table("aaaa1", undefined, "apples");
const WEIGH = {
  id: "bbbb2",
  down: "aaaa1",
  doc: "Weigh apples",
  upgrade: ['op.add_column("apples", sa.Column("weight", sa.Integer))'],
};
/** Short, so that a test need not wait. */
const IMPATIENT = { lockTimeoutMs: 300, retries: 1 };

/** Somebody else's session, in a transaction. */
type Holder = Awaited<ReturnType<typeof holding>>;

/** Opens a session that holds what its statements took, until it is disposed. */
async function holding(scene: Scene, ...statements: readonly string[]) {
  const sql = scene.shop.server.sql(scene.database.name, { max: 1 });
  await sql`set application_name = 'nightly report'`;
  await sql.unsafe(`begin; ${statements.join("; ")}`).simple();
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return {
    sql,
    pid: row!.pid,
    [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }),
  };
}

function notes({ events }: { events: readonly OakumEvent[] }): string[] {
  return events.flatMap((event) => event.type === "note" ? [event.text] : []);
}

function failed({ error }: Ran) {
  assert.ok(error, "it ended well");
  return { outcome: error.outcome, text: error.message, hint: error.hint ?? "" };
}

Deno.test("migrate() and other sessions' locks", async (t) => {
  await using shop = await openShop();
  const ready = async () => {
    const scene = await shop.scene([BASE, WEIGH]);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    return scene;
  };

  await t.step("one that does not end is named, and nothing is changed", async () => {
    await using scene = await ready();
    await using holder = await holding(scene, "select * from apples");
    const ran = await scene.run(IMPATIENT);
    const { outcome, text, hint } = failed(ran);
    assert.equal(outcome, "unchanged");
    assert.match(text, /canceling statement due to lock timeout/);
    const who =
      `server process ${holder.pid} \\(nightly report, user postgres, idle in transaction`;
    assert.match(text, new RegExp(`It waited for ${who}, \\d`));
    assert.match(hint, /end it, or give --lock-timeout and --retries; then: oakum upgrade head\.$/);
    assert.ok(notes(ran).some((note) => new RegExp(`^Waiting for ${who}`).test(note)));
    assert.ok(notes(ran).some((note) => /trying again in \d+ s/.test(note)));
    assert.deepEqual(await scene.heads(), ["aaaa1"]);
  });

  await t.step("one that ends in time is waited for, also a long SELECT", async () => {
    await using scene = await ready();
    await using holder = await holding(scene, "lock table apples in access share mode");
    const ran = await scene.run({ lockTimeoutMs: 300, retries: 10 }, {
      onEvent: (event) => {
        if (event.type === "note" && event.text.includes("trying again")) {
          void holder.sql`rollback`.execute();
        }
      },
    });
    assert.equal(ran.error, undefined, ran.error?.message);
    const [step] = ran.report!.steps;
    assert.ok(step!.tries > 1);
    assert.deepEqual(await scene.heads(), ["bbbb2"]);
  });

  await t.step(
    "a prepared transaction, which no list of sessions shows, is named as well",
    async () => {
      await using scene = await ready();
      await using _holder = await holding(
        scene,
        "select * from apples",
        `prepare transaction '${scene.name}'`,
      );
      const ran = await scene.run(IMPATIENT);
      const named = `It waited for prepared transaction "${scene.name}" (user postgres,`;
      assert.ok(failed(ran).text.includes(named), failed(ran).text);
      await scene.database.sql.unsafe(`rollback prepared '${scene.name}'`);
    },
  );

  await t.step("a deadlock is tried again", async () => {
    const counted = (query: string) => `op.get_bind().execute(sa.text("${query}")).scalar()`;
    const wanted =
      "select count(*) from pg_locks where relation = 'apples'::regclass and not granted";
    await using scene = await shop.scene([BASE, {
      id: "bbbb2",
      down: "aaaa1",
      upgrade: [
        "op.execute('lock table apples in access exclusive mode')",
        `while not ${counted(wanted)} and not ${counted("select count(*) from done")}:`,
        "    time.sleep(0.05)",
        "op.execute('lock table pears in access exclusive mode')",
      ],
    }]);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    await scene.database.sql`create table pears (id int)`;
    await scene.database.sql`create table done (id int)`;
    // Whose patience ends first finds the deadlock, and is the one that gives way.
    await using other = await holding(
      scene,
      "set local deadlock_timeout = '1h'",
      "lock table pears in access exclusive mode",
    );
    const [ran] = await Promise.all([scene.run({ lockTimeoutMs: 60_000 }), cross(scene, other)]);
    assert.equal(ran.error, undefined, ran.error?.message);
    assert.equal(ran.report?.steps[0]?.tries, 2);
  });

  await t.step("a revision that may commit in the middle is not tried again", async () => {
    const index = {
      ...WEIGH,
      upgrade: [
        ...WEIGH.upgrade,
        "with op.get_context().autocommit_block():",
        "    op.execute('create index concurrently light on apples (weight)')",
      ],
    };
    await using scene = await shop.scene([BASE, index]);
    assert.equal((await scene.run({ revision: "aaaa1" })).error, undefined);
    await using _holder = await holding(scene, "select * from apples");
    const { outcome, text } = failed(await scene.run({ ...IMPATIENT, retries: 5 }));
    // It met the lock before it committed anything.
    assert.equal(outcome, "unchanged");
    assert.match(text, /The database is as it was, at aaaa1\.$/);
  });

  await t.step("another run of oakum keeps this one out, and is named", async () => {
    const slow = { ...WEIGH, upgrade: ["op.execute('select pg_sleep(4)')"] };
    await using scene = await shop.scene([BASE, slow, table("cccc3", "bbbb2", "cherries")]);
    const first = scene.run();
    await eventually(async () => assert.deepEqual(await scene.heads(), ["aaaa1"]));
    const second = await scene.run();
    assert.equal(second.error?.outcome, "locked");
    const { runId } = await first;
    assert.match(second.error.message, new RegExp(`is being changed by run ${runId} \\(server pr`));
    assert.deepEqual(await headsOf(scene.database), ["cccc3"]);
  });
});

/** Has the other session ask for apples as soon as the step holds them, and end when it got them. */
async function cross({ database }: Scene, { sql, pid }: Holder): Promise<void> {
  const taken = () =>
    database.sql`
    select from pg_locks where relation = 'apples'::regclass and granted and pid <> ${pid}
      and mode = 'AccessExclusiveLock'`;
  await eventually(async () => assert.notEqual((await taken()).length, 0));
  await sql`lock table apples in access exclusive mode`;
  await sql`insert into done values (1)`;
  await sql`commit`;
}
