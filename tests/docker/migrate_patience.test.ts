import assert from "node:assert/strict";
import type { OakumError } from "../../src/core/errors.ts";
import { check } from "../../src/operations/check.ts";
import { current } from "../../src/operations/current.ts";
import { migrate } from "../../src/operations/migrate.ts";
import { readPatiently } from "../../src/operations/migrate/patience.ts";
import { readBoth } from "../../src/operations/migrate/read_both.ts";
import { stamp } from "../../src/operations/stamp.ts";
import { server, type TestDatabase } from "./fixtures.ts";
import { eventually } from "./polling.ts";
import { startApp, type TestApp } from "./verbs/app.ts";
import { BRANCHES } from "./verbs/project.ts";

/** The four that need to know where a database is before they go on. */
function verbs({ context, place, migrator, target, dir }: TestApp) {
  const app = "web";
  const moving = { target, app, dir, lockTimeoutMs: 3000, dryRun: false };
  const stamping = { ...moving, revisions: ["base"], purge: false };
  const upgrading = { direction: "upgrade", revision: "heads", retries: 0 } as const;
  const guard = { backup: undefined, whyNoBackup: "" };
  return {
    current: () => current(context, place, migrator, { target, app }),
    check: () => check(context, place, migrator, { target, app }),
    stamp: () => stamp(context, place, migrator, stamping),
    upgrade: () => migrate(context, place, migrator, { ...moving, ...upgrading, ...guard }),
  };
}

/** Somebody else's session that keeps tables to itself, until it is disposed. */
async function keeping({ name }: TestDatabase, tables: string) {
  const sql = (await server("postgres17")).sql(name, { max: 1 });
  await sql`set application_name = 'nightly vacuum'`;
  await sql.unsafe(`begin; lock table ${tables} in access exclusive mode`).simple();
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return { pid: row!.pid, [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) };
}

function assertNamed(error: OakumError, pid: number, said: RegExp): void {
  assert.deepEqual([error.code, error.outcome], ["table-locked", "refused"], error.message);
  assert.match(error.message, said);
  assert.ok(error.message.includes(`server process ${pid} (nightly vacuum, `), error.message);
  assert.match(error.hint ?? "", /Wait until that session is done, or end it/);
}

/** Nothing of the app's is left waiting on the server. */
function untilNoSession({ database, migrator }: TestApp): Promise<void> {
  return eventually(async () => {
    const left = await database.sql`
      select from pg_stat_activity where application_name = ${migrator.application}`;
    assert.equal(left.length, 0);
  });
}

Deno.test("current(), check(), stamp() and migrate() give up where they cannot read", async (t) => {
  await using app = await startApp({ revisions: BRANCHES });
  await app.upgrade("aaaa1111");
  const { place, database, migrator } = app;

  await t.step("a version table that somebody keeps locked, and name who does", async () => {
    await using holder = await keeping(database, "alembic_version");
    const ends = await Promise.allSettled(Object.values(verbs(app)).map((run) => run()));
    for (const end of ends) {
      assert.equal(end.status, "rejected");
      assertNamed(
        end.reason,
        holder.pid,
        /^The app could not read the database: a table is locked/,
      );
    }
    await untilNoSession(app);
  });

  await t.step("and leave no session behind where a person gives up first", async () => {
    await using _holder = await keeping(database, "alembic_version");
    const person = new AbortController();
    const sql = place.session.sql(database.name);
    const reading = readBoth(sql, place.database, migrator, person.signal);
    const waiting = async () => {
      const rows = await database.sql`
        select from pg_stat_activity where wait_event_type = 'Lock'
          and application_name = ${migrator.application}`;
      assert.equal(rows.length, 1);
    };
    await Promise.all([
      assert.rejects(reading, { name: "AbortError" }),
      eventually(waiting).then(() => person.abort()),
    ]);
    await untilNoSession(app);
  });

  await t.step("a table that check() compares", async () => {
    await app.upgrade("heads");
    // A view's definition cannot be read while a table of it is locked.
    await database.sql`create view titles as select title from paintings`;
    await using holder = await keeping(database, "paintings");
    const error = await check(app.context, place, migrator, { target: app.target, app: "web" })
      .then(() => assert.fail("it did not wait"), (thrown) => thrown);
    assertNamed(error, holder.pid, /could not read the database: a table is locked/);
  });
});

Deno.test("an address where nobody answers is not waited for", async () => {
  const silence = [
    "import socket",
    "from sqlalchemy import create_engine",
    "nobody = socket.create_server(('127.0.0.1', 0))",
    "create_engine('postgresql+psycopg://u@127.0.0.1:%d/d' % nobody.getsockname()[1]).connect()",
    "",
  ].join("\n");
  await using app = await startApp({
    revisions: BRANCHES,
    files: { "migrations/env.py": silence },
  });
  const { place, database, migrator, context } = app;
  const sql = place.session.sql(database.name);
  await assert.rejects(
    readBoth(sql, place.database, migrator, context.signal, { milliseconds: 3000 }),
    {
      code: "database-silent",
      outcome: "refused",
      message: "The app's env.py had no answer from its database for 3 seconds.",
      hint: "Find out why: oakum doctor",
    },
  );
});

Deno.test("a revision file that waits for something when it is loaded is not waited for", async () => {
  const waiting = [
    "import time",
    'revision = "cccc9999"',
    'down_revision = "aaaa1111"',
    "time.sleep(600)",
    "",
  ].join("\n");
  await using app = await startApp({
    revisions: BRANCHES,
    files: { "migrations/versions/cccc9999.py": waiting },
  });
  const { migrator, context: { signal } } = app;
  const patience = { milliseconds: 3000, signal };
  await assert.rejects(readPatiently(migrator, { database: false }, patience), {
    code: "app-silent",
    outcome: "refused",
    message: /did not come to an end with reading the revisions in 3 seconds\.$/,
  });
});
