import assert from "node:assert/strict";
import { failureOf, headsIn, resultOf } from "./program.ts";
import { ADDED, addRevision, ASYNC, FIRST, isEmpty, scene } from "./step_scene.ts";

for (const [driver, given] of [["psycopg", {}], ["asyncpg", ASYNC]] as const) {
  Deno.test(`lock_timeout holds with ${driver}, and the failure names statement and line`, async () => {
    await using at = await scene(given);
    resultOf(await at.step(FIRST));
    await using holder = await at.database.sql.reserve().then((sql) => ({
      sql,
      [Symbol.asyncDispose]: async () => {
        await sql`rollback`;
        sql.release();
      },
    }));
    await holder.sql`begin`;
    await holder.sql`lock table paintings in access share mode`;

    const failure = failureOf(
      await at.step({
        do: { upgrade: "art0002" },
        heads: ["art0001"],
        settings: { lock_timeout: "200ms" },
      }),
    );
    assert.equal(failure.kind, "migration");
    assert.equal(failure.sqlstate, "55P03");
    assert.equal(failure.message, "canceling statement due to lock timeout");
    assert.match(failure.sql ?? "", /^ALTER TABLE paintings ADD COLUMN year/);
    assert.match(failure.file ?? "", /versions\/art0002_date_them\.py$/);
    assert.match(failure.source ?? "", /^op\.add_column\("paintings"/);
    assert.deepEqual(await headsIn(at.database), ["art0001"]);
  });

  Deno.test(`a failed revision leaves nothing behind and tells what the server said (${driver})`, async () => {
    await using at = await scene(given);
    resultOf(await at.step(FIRST));
    await addRevision(at.app, [
      'op.execute("create table half (id int unique)")',
      'op.execute("insert into half values (7), (7)")',
    ]);
    const failure = failureOf(await at.step(ADDED));
    assert.equal(failure.sqlstate, "23505");
    assert.match(failure.message, /duplicate key value violates unique constraint/);
    assert.equal(failure.detail, "Key (id)=(7) already exists.");
    assert.equal(failure.line, 9);
    assert.match(failure.traceback ?? "", /extra01\.py", line 9, in upgrade/);
    const half = await at.database.sql`select 1 from pg_class where relname = 'half'`;
    assert.equal(half.length, 0);
  });
}

Deno.test("a step that env.py never commits is a failure, whatever env.py says", async () => {
  await using at = await scene();
  const env = await Deno.readTextFile(new URL("./projects/studio/env.py", import.meta.url));
  const early = "def migrate(connection):\n    connection.exec_driver_sql('select 1')\n";
  await at.app.write("env.py", env.replace("def migrate(connection):\n", early));
  const ended = await at.step(FIRST);
  assert.equal(failureOf(ended).kind, "not-committed");
  assert.match(failureOf(ended).message, /executes SQL before context\.begin_transaction\(\)/);
  assert.ok(ended.lines.some((line) => line.event === "begin" && line.external_transaction));
  assert.ok(await isEmpty(at.database));
});

Deno.test("a constraint that fails at the commit is told as a failed commit", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, [
    'op.execute("create table late (id int primary key, other int references late ' +
    'deferrable initially deferred)")',
    'op.execute("insert into late values (1, 2)")',
  ]);
  const failure = failureOf(await at.step(ADDED));
  assert.deepEqual([failure.kind, failure.sqlstate], ["commit-failed", "23503"]);
  assert.deepEqual(await headsIn(at.database), ["art0001"]);
});

Deno.test("a migration that asks gets no answer, and what it prints is not ours", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, ['print(\'{"event": "result"}\', flush=True)', "input('Sure? ')"]);
  const ended = await at.step(ADDED);
  assert.equal(failureOf(ended).class, "EOFError");
  assert.match(ended.stderr, /Sure\?/);
});

Deno.test("a password never leaves the app, not even in an error that repeats the address", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, [
    "import os",
    'raise RuntimeError("cannot use " + os.environ["DATABASE_URL"] + " password=sesame-0pen")',
  ]);
  const ended = await at.step(ADDED);
  assert.match(failureOf(ended).message, /^cannot use postgresql\+psycopg:\/\/postgres:\*\*\*@127/);
  assert.ok(!ended.stdout.includes("sesame"), ended.stdout);
});
