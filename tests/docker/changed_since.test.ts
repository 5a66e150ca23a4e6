import assert from "node:assert/strict";
import { prepareFolder } from "../../src/backups/folder.ts";
import { Journal } from "../../src/backups/journal.ts";
import { newRunId } from "../../src/core/run.ts";
import { systemClock } from "../../src/core/time.ts";
import { backUp, type BackupRequest } from "../../src/operations/backup.ts";
import { changedSince } from "../../src/operations/changed_since.ts";
import { checkChanged } from "../../src/operations/doctor/changed.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { changedTexts } from "../../src/reports/changed_since.ts";
import { agreeable } from "./agreeable.ts";
import { server } from "./fixtures.ts";

/** A shop at revision r1 with a backup of it, and the eyes of `status` and `doctor`. */
async function openShop() {
  const { engine, access, createDatabase } = await server("postgres17");
  const database = await createDatabase();
  const { sql } = database;
  await sql.unsafe(`
    create table alembic_version (version_num varchar(32) primary key);
    insert into alembic_version values ('r1');
    create table orders (id int primary key, note text);
    create table bids (id int primary key, cents int);
    create table queue (id int);
    create table visits (id int) partition by hash (id);
    create table visits_0 partition of visits for values with (modulus 2, remainder 0);
    create table visits_1 partition of visits for values with (modulus 2, remainder 1);
    insert into visits select n from generate_series(1, 200) n;
    insert into orders select n, 'n' from generate_series(1, 90) n;
    insert into bids select n, n from generate_series(1, 400) n;
    insert into queue select generate_series(1, 9)`);
  const dir = await Deno.makeTempDir({ prefix: "oakum-changed-" });
  const target = { project: "shop", service: "db", database: database.name };
  const runId = newRunId();
  const session = await ServerSession.open(engine, access, runId);
  const { signal } = new AbortController();
  const context = { engine, clock: systemClock, runId, signal, ask: agreeable, emit: () => {} };
  const request = { dir, target, format: "custom", verify: "none", reason: null } as const;
  const look = () => changedSince(context, { session, database: database.name, dir, target });
  return {
    sql,
    look,
    takeBackup: async (more: Partial<BackupRequest> = {}) =>
      (await backUp(context, session, database.name, { ...request, accept: true, ...more }))
        .manifest,
    journal: new Journal(await prepareFolder(dir, target), runId, systemClock),
    texts: async () => changedTexts(await look()),
    check: async () => checkChanged(await look(), new Date())[0],
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
      await database[Symbol.asyncDispose]();
    },
  };
}

Deno.test("what is far off from the last backup must be said", async (t) => {
  await using shop = await openShop();
  const { sql, takeBackup, texts, check, look, journal } = shop;
  assert.equal(await check(), undefined, "there is nothing to compare with");
  const first = await takeBackup();

  await t.step("and nothing where only ordinary work was done", async () => {
    assert.deepEqual(await texts(), []);
    await sql`delete from queue`;
    await sql`delete from orders where id > 60`;
    await sql`insert into bids select n, n from generate_series(500, 2000) n`;
    // As a load puts rows elsewhere that are filed by the hash of an enum.
    await sql`delete from visits_0`;
    await sql`insert into visits_1 select id from visits_1`;
    assert.deepEqual(await texts(), []);
    assert.equal((await check())?.level, "ok");
    await sql`delete from visits where id % 3 > 0`;
    assert.match((await texts()).join(), /^public\.visits has \d+ rows; it had 200$/);
    await sql`insert into visits select n from generate_series(1, 200) n`;
  });

  await t.step("where two thirds of the rows and a table are gone", async () => {
    await sql`delete from orders where id > 30`;
    assert.deepEqual(await texts(), ["public.orders has 30 rows; it had 90"]);
    const few = await check();
    assert.equal(few?.level, "warning");
    assert.match(few?.mend ?? "", new RegExp(`restore ${first.id} --into look.*oakum backup$`));
    await sql`drop table bids`;
    const said = await texts();
    assert.equal(said[0], "the table public.bids is gone, which had 400 rows");
    assert.equal(said.length, 2, "what went with the table is said by it");
    await sql`alter table orders add column extra int`;
    assert.match((await texts())[2]!, /^the schema is not as in the last backup: .*orders\.extra/);
    const much = await check();
    assert.equal(much?.level, "trouble");
    assert.match(much?.text ?? "", /^Since db_backup_.*, of a moment ago: the table public\.bids/);
    assert.match(much?.mend ?? "", /If it was meant: oakum backup --accept$/);
  });

  await t.step("but no table that other revisions may have taken away", async () => {
    await sql`update alembic_version set version_num = 'r2'`;
    const { gone, schema, collapsed, lost } = await look();
    assert.deepEqual([gone, schema, collapsed, lost.length], [[], [], false, 1]);
  });

  await t.step("and of them, where the schema is not as the migration left it", async () => {
    const intent = await journal.begin("upgrade", "apply", { revision: "r2" });
    await intent.end(true, { heads: ["r2"], fingerprint: "f".repeat(64) });
    const { gone, schemaOf } = await look();
    assert.deepEqual([gone.map(({ name }) => name), schemaOf], [["bids"], "migration"]);
    assert.match((await texts()).join(), /as a migration left it: what differs is not known/);
  });

  await t.step("until a backup knows it, whatever is adopted after it", async () => {
    const second = await takeBackup();
    assert.deepEqual(await texts(), []);
    const adopted = { file: "old.sql", writtenAt: null };
    await takeBackup({ adopted });
    assert.equal((await look()).backup, second.id);
  });

  await t.step("and from the backup that was restored since", async () => {
    const load = await journal.begin("restore", "load", { backup: first.id, database: "fresh" });
    await load.end(true);
    await (await journal.begin("restore", "swap", {})).end(true);
    const { backup, lost, gone } = await look();
    assert.deepEqual([backup, lost.length], [first.id, 1]);
    assert.deepEqual(gone.map(({ name }) => name), ["bids"]);
  });
});
