import assert from "node:assert/strict";
import { listTarget } from "../../src/backups/list.ts";
import { newRunId } from "../../src/core/run.ts";
import { systemClock } from "../../src/core/time.ts";
import { backUp, type BackupRequest } from "../../src/operations/backup.ts";
import type { Reached } from "../../src/operations/migrate/standing.ts";
import { newestThatFits, whyDataUnfit } from "../../src/operations/rehearse/data.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { agreeable } from "./agreeable.ts";
import { server, type TestDatabase } from "./fixtures.ts";

const HOUR_MS = 60 * 60_000;

/** A database with apples, a folder for its backups, and the eyes of a rehearsal. */
async function openOrchard() {
  const { engine, access, createDatabase } = await server("postgres17");
  const database = await createDatabase();
  await database.sql`create table apples (id int)`;
  await database.sql`create table crates (id int)`;
  const dir = await Deno.makeTempDir({ prefix: "oakum-data-" });
  const runId = newRunId();
  const session = await ServerSession.open(engine, access, runId);
  const { signal } = new AbortController();
  const context = { engine, clock: systemClock, runId, signal, ask: agreeable, emit: () => {} };
  const target = { project: "shop", service: "db", database: database.name };
  const request = { dir, target, format: "custom", verify: "none", reason: null } as const;
  const rights = {
    ...{ user: "postgres", superuser: true, createDatabase: true, createRole: true },
    ...{ readPasswords: true, endSessions: true, ownsDatabase: true, rename: true },
  };
  const place = { service: "db", project: undefined, server: access, inRecovery: false };
  const real: Reached = { session, database: { ...place, name: database.name, rights } };
  return {
    sql: database.sql,
    createDatabase,
    takeBackup: async (more: Partial<BackupRequest> = {}, of: TestDatabase = database) =>
      (await backUp(context, session, of.name, { ...request, accept: true, ...more })).manifest,
    fitting: async (now = new Date()) =>
      await newestThatFits(real, await listTarget(dir, target), now),
    speaks: (name: string) => whyDataUnfit(real, { dir, target }, { data: { name } }, new Date()),
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
      await database[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a rehearsal's data must be that of now", async (t) => {
  await using orchard = await openOrchard();
  const { sql, takeBackup, fitting } = orchard;
  const add = (n: number) => sql`insert into apples select generate_series(1, ${n}::int)`;
  await add(100);
  const { id, takenAt } = await takeBackup();

  await t.step("of the last day, and of no future one", async () => {
    const after = async (hours: number) =>
      await fitting(new Date(Date.parse(takenAt) + hours * HOUR_MS));
    assert.equal((await after(23)).backup?.id, id);
    assert.match((await after(25)).why!, new RegExp(`${id}, is older than a day`));
    assert.match((await after(-1)).why!, /no good backup of the database/);
  });

  await t.step("taken of the database itself", async () => {
    await using other = await orchard.createDatabase();
    await other.sql`create table apples (id int)`;
    await other.sql`create table crates (id int)`;
    const adopted = { file: "seed.sql", writtenAt: null };
    const seed = await takeBackup({ adopted }, other);
    await takeBackup({ reason: "adopted seed.sql", takenAt: new Date(Date.now() + 1000) }, other);
    assert.equal((await fitting()).backup?.id, id);
    assert.match((await orchard.speaks(seed.id))!, /no good backup db_backup_.* of the database/);
  });

  await t.step("with about as many rows, whatever the statistics say", async () => {
    await add(60);
    assert.equal((await fitting()).backup?.id, id, "ordinary growth");
    await add(100);
    assert.match((await fitting()).why!, /has 100 rows of public\.apples, which has 260 now\.$/);
    assert.match((await orchard.speaks(id))!, /made on, has 100 rows of public\.apples/);
    await sql`delete from apples where ctid not in (select ctid from apples limit 90)`;
    await sql`select pg_stat_reset_single_table_counters('apples'::regclass)`;
    assert.equal((await fitting()).backup?.id, id, "nothing is known, so it is counted");
    await sql`truncate apples`;
    assert.match((await fitting()).why!, /100 rows of public\.apples, which has 0 now/);
    await add(100);
  });

  await t.step("and never empty where a table is not", async () => {
    const { id } = await takeBackup();
    await sql`insert into crates values (1)`;
    assert.match((await fitting()).why!, /has 0 rows of public\.crates, which has 1 now/);
    await sql`delete from crates`;
    assert.equal((await fitting()).backup?.id, id);
  });

  await t.step("nor of other values, where most rows were written since", async () => {
    await sql`truncate apples`;
    await add(100);
    const fresh = await takeBackup();
    await sql`update apples set id = id + 1 where id <= 40`;
    assert.equal((await fitting()).backup?.id, fresh.id, "ordinary work");
    await sql`update apples set id = id + 1 where id > 70`;
    assert.match((await fitting()).why!, /of public\.apples, which has 70 rows that were written/);
    await takeBackup();
    assert.notEqual((await fitting()).backup, undefined, "a new one knows them");
  });

  await t.step("nor far from it in a table that is too large to be counted", async () => {
    const wide = "insert into apples select n from generate_series(1, 700000) n";
    await sql.unsafe(wide);
    const large = await takeBackup();
    assert.equal((await fitting()).backup?.id, large.id);
    await sql`update apples set id = id + 1 where id % 10 > 1`;
    await sql`vacuum analyze apples`;
    assert.match((await fitting()).why!, /of public\.apples, which has about .* that were written/);
    await takeBackup();
    await sql`delete from apples where id % 10 > 2`;
    assert.match(
      (await fitting()).why!,
      /has 700,\d\d\d rows of public\.apples, which has about 2/,
    );
  });

  await t.step("and it must not be taken for alike where it cannot be seen", async () => {
    await sql.begin(async (holder) => {
      await holder`lock table apples in access exclusive mode`;
      assert.match((await fitting()).why!, /in which somebody locks a table/);
    });
    await sql`create table bananas (id int)`;
    assert.match((await fitting()).why!, /has another schema than the database has now/);
  });
});
