import assert from "node:assert/strict";
import { join } from "node:path";
import { readJournal } from "../../src/backups/journal_read.ts";
import { targetPath } from "../../src/backups/target_path.ts";
import { newRunId } from "../../src/core/run.ts";
import { stamp } from "../../src/operations/stamp.ts";
import { TargetLock } from "../../src/postgres/locks.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { startApp, type TestApp } from "./verbs/app.ts";
import { BRANCHES, MERGED } from "./verbs/project.ts";

interface Wish {
  readonly purge?: boolean;
  readonly dryRun?: boolean;
}

function stampOf(app: TestApp, revisions: readonly string[], wish: Wish = {}) {
  const { context, place, migrator, target, dir } = app;
  const request = { target, app: "web", revisions, dir, lockTimeoutMs: 1000 };
  return stamp(context, place, migrator, { ...request, purge: false, dryRun: false, ...wish });
}

async function headsOf({ database }: TestApp): Promise<string[]> {
  const rows = await database.sql`select version_num as id from alembic_version order by 1`;
  return rows.map((row) => row["id"] as string);
}

async function journalOf({ dir, target }: TestApp) {
  return (await readJournal(join(targetPath(dir, target), "journal.jsonl"))).entries;
}

Deno.test("stamp()", async (t) => {
  await using app = await startApp({ revisions: MERGED });
  const { asked } = app;

  await t.step(
    "records revisions of a schema that is there already, and runs nothing",
    async () => {
      const report = await stampOf(app, ["head"]);
      assert.deepEqual([report.kind, report.from, report.to], ["stamp", [], ["dddd4444"]]);
      assert.equal(report.gained.length, 4);
      assert.deepEqual(await headsOf(app), ["dddd4444"]);
      const tables = await app.database.sql`
      select tablename as name from pg_tables where schemaname = 'public'`;
      assert.deepEqual(tables.map((row) => row["name"]), ["alembic_version"]);
      const details = asked.at(-1)?.details?.join("\n") ?? "";
      assert.match(details, /counts as applied, and is not run: aaaa1111 {2}hang paintings/);
    },
  );

  await t.step("writes into the journal where the database was and where it is", async () => {
    const [intent, outcome] = await journalOf(app);
    assert.deepEqual([intent?.operation, intent?.kind], ["stamp", "intent"]);
    assert.deepEqual(intent?.data, { from: [], to: ["dddd4444"], purge: false });
    assert.equal(outcome?.kind === "outcome" && outcome.ok, true);
    assert.deepEqual(outcome?.data["heads"], ["dddd4444"]);
  });

  await t.step("refuses where nothing would change, and asks nobody", async () => {
    const before = asked.length;
    const nothing = { code: "nothing-to-stamp", outcome: "refused" };
    await assert.rejects(stampOf(app, ["dddd"]), nothing);
    await assert.rejects(stampOf(app, ["heads"], { purge: true }), nothing);
    assert.equal(asked.length, before);
  });

  await t.step("shows with dryRun what it would write, and writes nothing", async () => {
    const plan = await stampOf(app, ["frames"], { dryRun: true });
    assert.deepEqual([plan.kind, plan.to], ["stamp-plan", ["bbbb2222"]]);
    assert.deepEqual(plan.lost.map(({ id }) => id), ["cccc3333", "dddd4444"]);
    assert.deepEqual(await headsOf(app), ["dddd4444"]);
  });

  await t.step("refuses what is no target of a stamp", async () => {
    await assert.rejects(stampOf(app, ["-1"]), { code: "relative-stamp", outcome: "usage" });
    await assert.rejects(stampOf(app, ["nosuch"]), { code: "unknown-revision" });
  });

  await t.step("goes back to base", async () => {
    assert.deepEqual((await stampOf(app, ["base"])).to, []);
    assert.deepEqual(await headsOf(app), []);
  });

  await t.step("does not touch a database that another run works on", async () => {
    const { context, place, database } = app;
    const { engine, signal, clock } = context;
    const { server } = place.database;
    await using other = await ServerSession.open(engine, server, newRunId(), signal);
    await using _lock = await TargetLock.take(other, database.name, { clock });
    await assert.rejects(stampOf(app, ["head"]), { code: "locked", outcome: "locked" });
    assert.deepEqual(await headsOf(app), []);
  });

  await t.step("says who holds the version table, and that nothing was changed", async () => {
    const entries = (await journalOf(app)).length;
    await app.database.sql.begin(async (transaction) => {
      // Everybody may read it, so that the plan can be made.
      await transaction`lock table alembic_version in exclusive mode`;
      await assert.rejects(stampOf(app, ["head"]), {
        code: "stamp-failed",
        outcome: "unchanged",
        message: /lock timeout[^]*It waited for server process \d+ \(oakum-test, user postgres/,
      });
    });
    assert.deepEqual(await headsOf(app), []);
    const written = (await journalOf(app)).slice(entries);
    assert.deepEqual(written.map(({ kind }) => kind), ["intent", "outcome"]);
    assert.equal(written[1]?.kind === "outcome" && written[1].ok, false);
  });
});

Deno.test("stamp() of several branches", async (t) => {
  await using app = await startApp({ revisions: BRANCHES });

  await t.step("takes all heads", async () => {
    assert.deepEqual((await stampOf(app, ["heads"])).to.toSorted(), ["bbbb2222", "cccc3333"]);
    assert.deepEqual(await headsOf(app), ["bbbb2222", "cccc3333"]);
  });

  await t.step("refuses a revision that the scripts do not have, unless it is purged", async () => {
    await app.database.sql`update alembic_version set version_num = 'ffff9999'
      where version_num = 'bbbb2222'`;
    await assert.rejects(stampOf(app, ["heads"]), { code: "unknown-current-revision" });
    const report = await stampOf(app, ["heads"], { purge: true });
    assert.deepEqual(report.unknown, ["ffff9999"]);
    assert.match(report.warnings.join(" "), /The scripts do not have ffff9999/);
    assert.deepEqual(await headsOf(app), ["bbbb2222", "cccc3333"]);
  });
});

/** An env.py that commits after each step, also those of a stamp. */
const STEPWISE = `
import os
from alembic import context
from sqlalchemy import create_engine, pool

with create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
`;

Deno.test("stamp() says what is there where env.py commits half of it", async () => {
  await using app = await startApp({
    revisions: BRANCHES,
    files: { "migrations/env.py": STEPWISE },
  });
  await stampOf(app, ["aaaa1111"]);
  await app.database.sql.unsafe(`
    create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'not %', new.version_num; end $$;
    create trigger refuse before insert on alembic_version for each row
      when (new.version_num = 'cccc3333') execute function refuse()`).simple();
  await assert.rejects(stampOf(app, ["heads"]), {
    code: "stamp-failed",
    outcome: "changed",
    message: /not cccc3333[^]*The version table says bbbb2222; before it said aaaa1111\./,
    hint: "Stamp again: oakum stamp --purge bbbb2222 cccc3333",
  });
  assert.deepEqual(await headsOf(app), ["bbbb2222"]);
  const last = (await journalOf(app)).at(-1);
  assert.deepEqual([last?.kind === "outcome" && last.ok, last?.data["heads"]], [
    false,
    ["bbbb2222"],
  ]);
  await app.database.sql`drop trigger refuse on alembic_version`;
  await stampOf(app, ["bbbb2222", "cccc3333"], { purge: true });
  assert.deepEqual(await headsOf(app), ["bbbb2222", "cccc3333"]);
});

Deno.test("stamp() warns where the schema is not the one of that revision", async () => {
  await using app = await startApp({ revisions: MERGED });
  await app.upgrade("bbbb2222");
  await app.upgrade("dddd4444");
  const plan = await stampOf(app, ["bbbb2222"], { dryRun: true });
  assert.match(
    plan.warnings.join("\n"),
    /When the database was last migrated to bbbb2222, its schema was another one/,
  );
  // With the column gone the schema is what it was at that revision.
  await app.database.sql`alter table paintings drop price`;
  assert.deepEqual((await stampOf(app, ["bbbb2222"], { dryRun: true })).warnings, []);
});

for (
  const [image, driver] of [["app-poetry", "asyncpg"], ["app-oldest", "psycopg2"]] as const
) {
  Deno.test(`stamp() works in ${image}, in a version table of its own name and schema`, async () => {
    const x = ["table=moves", "schema=history"];
    await using app = await startApp({ revisions: BRANCHES, image, driver, x });
    await app.database.sql`create schema history`;
    await stampOf(app, ["heads"]);
    await stampOf(app, ["aaaa1111"]);
    const rows = await app.database.sql`select version_num as id from history.moves`;
    assert.deepEqual(rows.map((row) => row["id"]), ["aaaa1111"]);
  });
}

Deno.test("stamp() refuses where it cannot write its journal", async () => {
  await using app = await startApp({ revisions: BRANCHES });
  await Deno.writeTextFile(app.dir, "a file where the folder should be");
  await assert.rejects(stampOf(app, ["aaaa1111"]), { name: "OakumError", outcome: "refused" });
  const [table] = await app.database.sql`select to_regclass('alembic_version') as name`;
  assert.equal(table?.["name"], null);
});
