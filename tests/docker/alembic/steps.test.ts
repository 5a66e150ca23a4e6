import assert from "node:assert/strict";
import type { RunningExec } from "../../../src/docker/exec.ts";
import { server, type TestDatabase } from "../fixtures.ts";
import {
  type App,
  type AppOptions,
  failureOf,
  headsIn,
  leadingTo,
  readToEnd,
  resultOf,
  startApp,
} from "./program.ts";

const POETRY = "/home/app/.cache/pypoetry/virtualenvs/auction-Q3fXy9Zk-py3/bin/python";
const ASYNC: AppOptions = { image: "app-poetry", python: POETRY };

/** A database and an app that leads to it, for one test. */
async function scene(given: AppOptions = {}) {
  const stack = new AsyncDisposableStack();
  const postgres = await server("postgres17");
  const database = stack.use(await postgres.createDatabase());
  const app = stack.use(await startApp(postgres, given));
  const env = leadingTo(database, given === ASYNC ? "asyncpg" : "psycopg");
  const step = (args: object) => app.run("step", args, env);
  return { database, app, env, step, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A revision that follows the first one, with the body of its upgrade(). */
async function addRevision(app: App, body: readonly string[]): Promise<string> {
  const id = "extra01";
  const lines = body.map((line) => `    ${line}`);
  const text = ["import sqlalchemy as sa", "from alembic import op", "", `revision = "${id}"`];
  const rest = ['down_revision = "art0001"', "", "def upgrade():", ...lines];
  await app.write(`versions/${id}.py`, [...text, ...rest, ""].join("\n"));
  return id;
}

const FIRST = { do: { upgrade: "art0001" }, heads: [] };
const ADDED = { do: { upgrade: "extra01" }, heads: ["art0001"] };

async function isEmpty({ sql }: TestDatabase): Promise<boolean> {
  return (await sql`select 1 from pg_tables where schemaname = 'public'`).length === 0;
}

Deno.test("a step runs nothing in a database or on a server that is not the expected one", async () => {
  await using at = await scene();
  const { database, step } = at;
  const { sql } = database;
  const refused = async (expect: object) => failureOf(await step({ ...FIRST, expect })).kind;

  assert.equal(await refused({ database: "another" }), "wrong-database");
  assert.equal(await refused({ server_started: "1" }), "wrong-server");
  assert.equal(await refused({ system_identifier: "1" }), "wrong-server");
  const copy = (value: string | null) => ({ setting: { name: "oakum.sandbox", value } });
  assert.equal(await refused(copy("run1")), "wrong-server");
  await sql.unsafe(`alter database "${database.name}" set oakum.sandbox = 'run1'`);
  assert.equal(await refused(copy(null)), "wrong-server");
  assert.ok(await isEmpty(database));

  const [row] = await sql<{ started: string; identifier: string }[]>`
    select (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text as started,
      system_identifier::text as identifier from pg_control_system()`;
  const expect = {
    ...copy("run1"),
    database: database.name,
    server_started: row?.started,
    system_identifier: row?.identifier,
  };
  assert.deepEqual(resultOf(await step({ ...FIRST, expect }))["heads"], ["art0001"]);
});

Deno.test("an env.py that tries again cannot get past the check", async () => {
  await using at = await scene();
  await at.app.write(
    "env.py",
    [
      "import os, time",
      "from sqlalchemy import create_engine",
      "while True:",
      "    try:",
      "        create_engine(os.environ['DATABASE_URL']).connect()",
      "    except BaseException:",
      "        time.sleep(0.1)",
      "    else:",
      "        create_engine(os.environ['DATABASE_URL']).connect()",
      "",
    ].join("\n"),
  );
  const ended = await at.step({ ...FIRST, expect: { server_started: "1" } });
  assert.equal(failureOf(ended).kind, "wrong-server");
  assert.equal(ended.code, 3);
});

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

Deno.test("a step ends, and its transaction with it, when its stdin does", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, [
    'op.execute("drop table paintings")',
    'op.execute("select pg_sleep(600)")',
  ]);
  await using exec = await startAndSleep(at.app, at.env);
  exec.closeStdin();
  await cutOff(exec);
  await untilAlone(at.database);
  assert.deepEqual(await headsIn(at.database), ["art0001"]);
  await at.database.sql`select from paintings`;
});

Deno.test("a step ends when whoever started it is no longer there", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, ['op.execute("select pg_sleep(600)")']);
  const exec = await startAndSleep(at.app, at.env);
  exec.raw.destroy();
  await cutOff(exec);
  await untilAlone(at.database);
});

Deno.test("a step ends also where C code holds Python's interpreter", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  // No thread runs while it matches, and it matches for years.
  await addRevision(at.app, [
    'op.execute("drop table paintings")',
    "import re",
    're.match("(a+)+$", "a" * 60 + "b")',
  ]);
  await using exec = await at.app.start("step", ADDED, at.env);
  const reading = readToEnd(exec);
  await untilIdle(at.database);
  exec.closeStdin();
  await Promise.all([cutOff(exec), reading]);
  await untilAlone(at.database);
  await at.database.sql`select from paintings`;
});

/** A program without its lifeline leaves by itself, or the kernel ends it by SIGIO. */
async function cutOff(exec: RunningExec): Promise<void> {
  const code = await exec.exitCode(AbortSignal.timeout(60_000));
  assert.ok(code === 4 || code === 128 + 29, `exit code ${code}`);
}

async function untilIdle({ sql, name }: TestDatabase): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const idle = await sql`
      select from pg_stat_activity where datname = ${name} and state = 'idle in transaction'
        and query like 'drop table%'`;
    if (idle.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the step never came to its match");
}

/** Starts the added revision and waits until its sleep is reported. */
async function startAndSleep(app: App, env: Record<string, string>): Promise<RunningExec> {
  const settings = { client_connection_check_interval: "500ms" };
  const exec = await app.start("step", { ...ADDED, settings }, env);
  let stdout = "";
  for await (const { stream, data } of exec.output()) {
    if (stream === "stdout") stdout += new TextDecoder().decode(data);
    if (stdout.includes('"event": "running"')) return exec;
  }
  throw new Error(`It ended early:\n${stdout}`);
}

async function untilAlone({ sql, name }: TestDatabase): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const others = await sql`
      select from pg_stat_activity where datname = ${name} and application_name <> 'oakum-test'`;
    if (others.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("a session of the step is still there");
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

Deno.test("statements outside of a transaction are told as such", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, [
    'op.execute("create table before (id int)")',
    "with op.get_context().autocommit_block():",
    '    op.execute("create index concurrently by_title on paintings (title)")',
    'op.execute("select 1/0")',
  ]);
  const ended = await at.step(ADDED);
  assert.equal(failureOf(ended).sqlstate, "22012");
  const told = ended.lines.flatMap((line) =>
    line.event === "statement" && /^create/i.test(line.sql) ? [[line.sql, line.autocommit]] : []
  );
  assert.deepEqual(told, [
    ["create table before (id int)", false],
    ["create index concurrently by_title on paintings (title)", true],
  ]);
  assert.ok(ended.lines.some(({ event }) => event === "commit"));
  assert.deepEqual(await headsIn(at.database), ["art0001"]);
});

Deno.test("a thousand equal statements are one line", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, [
    "for number in range(1000):",
    "    op.get_bind().execute(",
    "        sa.text('insert into paintings (title) values (:t)'), dict(t=str(number))",
    "    )",
  ]);
  const ended = await at.step(ADDED);
  assert.deepEqual(resultOf(ended)["heads"], ["extra01"]);
  const inserts = ended.lines.filter((line) =>
    line.event === "statement" && line.sql.startsWith("insert into paintings")
  );
  assert.deepEqual(
    inserts.map((line) => line.event === "statement" && [line.count, line.rows]),
    [[1000, 1000]],
  );
});

Deno.test("a step refuses a version table that has moved, and a revision that is not next", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  assert.deepEqual(failureOf(await at.step(FIRST)).data, { expected: [], found: ["art0001"] });
  const kind = async (...args: Parameters<typeof at.step>) =>
    failureOf(await at.step(...args)).kind;
  assert.equal(await kind(FIRST), "moved");
  assert.equal(await kind({ do: { upgrade: "art0003" }, heads: ["art0001"] }), "out-of-order");
  assert.equal(await kind({ do: { upgrade: "art0001" }, heads: ["art0001"] }), "out-of-order");
  assert.equal(await kind({ do: { downgrade: "bank001" }, heads: ["art0001"] }), "out-of-order");
  assert.equal(await kind({ do: { upgrade: "art000" }, heads: ["art0001"] }), "no-revision");
  await addRevision(at.app, ["pass"]);
  assert.deepEqual(resultOf(await at.step(ADDED))["heads"], ["extra01"]);
  assert.equal(await kind({ do: { downgrade: "extra01" }, heads: ["extra01"] }), "no-downgrade");
});

Deno.test("a stamp writes exactly the rows that it is told, also over unknown ones", async () => {
  await using at = await scene();
  const stamp = async (to: string[], heads: string[]) => {
    const ended = await at.step({ do: { stamp: to }, heads });
    assert.deepEqual(resultOf(ended)["heads"], to.toSorted());
    assert.deepEqual(await headsIn(at.database), to.toSorted());
  };
  await stamp(["art0004", "art0005"], []);
  await stamp(["art0005", "bank001"], ["art0004", "art0005"]);
  await at.database
    .sql`update alembic_version set version_num = 'gone' where version_num = 'bank001'`;
  await stamp(["art0006"], ["art0005", "gone"]);
  await stamp([], ["art0006"]);
});

Deno.test("the SQL of a step can be had without a database", async () => {
  await using at = await scene();
  const asked = { do: { upgrade: "art0003" }, heads: ["art0002", "bank002"], sql: true };
  const { sql } = resultOf(await at.step(asked));
  assert.match(String(sql), /CREATE TABLE sales/);
  assert.match(String(sql), /UPDATE alembic_version SET version_num='art0003'/);
  assert.ok(await isEmpty(at.database));
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
