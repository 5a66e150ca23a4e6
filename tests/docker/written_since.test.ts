import assert from "node:assert/strict";
import { readSnapshot, type Since, writtenSince } from "../../src/postgres/written_since.ts";
import { ownServer, server, type TestDatabase, type TestServer } from "./fixtures.ts";

const ROWS = [{ schema: "public", name: "apples", rows: 3 }, {
  schema: "public",
  name: "pears",
  rows: 0,
}];

async function orchard(on?: TestServer): Promise<TestDatabase> {
  const database = await (on ?? await server("postgres17")).createDatabase();
  await database.sql`create table apples (id int primary key, name text)`;
  await database.sql`create table pears (id int primary key)`;
  await database.sql`create table version (id text)`;
  await database.sql`insert into apples values (1, 'a'), (2, 'b'), (3, 'c')`;
  return database;
}

/** What is known of it from now on. */
async function from(database: TestDatabase, given: Partial<Since> = {}): Promise<Since> {
  const snapshot = await readSnapshot(database.sql);
  const besides = { schema: "public", name: "version" };
  return { snapshot, tables: ROWS, own: [], besides, ...given };
}

/** Runs statements as a step would: in one transaction, whose number it answers with. */
async function step({ sql }: TestDatabase, ...statements: string[]): Promise<string> {
  return await sql.begin(async (transaction) => {
    for (const statement of statements) await transaction.unsafe(statement);
    const [row] = await transaction<{ xid: string }[]>`
      insert into version values ('x') returning xmin::text as xid`;
    return row!.xid;
  });
}

Deno.test("writtenSince() must see what others wrote, in whichever way", async (t) => {
  const writes = {
    "an insert": "insert into pears values (1)",
    "an update": "update apples set name = 'z' where id = 2",
    "a delete": "delete from apples where id = 1",
    "a truncate": "truncate apples",
    "a drop": "drop table pears",
    "a row in a table of their own": "create table own as select 1 as id",
  };
  for (const [what, statement] of Object.entries(writes)) {
    await t.step(what, async () => {
      await using database = await orchard();
      const since = await from(database);
      assert.deepEqual(await writtenSince(database.sql, since), []);
      await database.sql.unsafe(statement);
      assert.equal((await writtenSince(database.sql, since)).length, 1);
    });
  }
});

Deno.test("writtenSince() must see what was begun before, and ended after", async () => {
  await using database = await orchard();
  const other = await database.sql.reserve();
  await other`begin`;
  await other`update apples set name = 'y' where id = 3`;
  const since = await from(database);
  assert.deepEqual(await writtenSince(database.sql, since), []);
  await other`commit`;
  other.release();
  assert.deepEqual(await writtenSince(database.sql, since), [
    "public.apples has 1 rows that somebody else wrote.",
  ]);
});

Deno.test("writtenSince() must see what was written under a savepoint that was open then", async () => {
  await using database = await orchard();
  const other = await database.sql.reserve();
  await other`begin`;
  await other`insert into version values ('somebody')`;
  await other`savepoint one`;
  await other`update apples set name = 'y' where id = 3`;
  // The next number is given to somebody, so that the savepoint's lies within the snapshot.
  await database.sql`insert into version values ('else')`;
  const since = await from(database);
  await other`commit`;
  other.release();
  assert.deepEqual(await writtenSince(database.sql, since), [
    "public.apples has 1 rows that somebody else wrote.",
  ]);
});

Deno.test("writtenSince() must look at the tables that matter alone, with their partitions", async () => {
  await using database = await orchard();
  await database.sql`create table picked (day int) partition by range (day)`;
  await database.sql`create table picked_1 partition of picked for values from (0) to (10)`;
  const since = await from(database, { only: ["public.picked", "public.pears"] });
  await database.sql`insert into apples values (4, 'd')`;
  assert.deepEqual(await writtenSince(database.sql, since), []);
  await database.sql`insert into picked values (1)`;
  assert.deepEqual(await writtenSince(database.sql, since), [
    "public.picked_1 has 1 rows that somebody else wrote.",
  ]);
  await database.sql`drop table pears`;
  assert.equal((await writtenSince(database.sql, since)).length, 2);
});

Deno.test("writtenSince() must tell one's own writes from others'", async () => {
  await using database = await orchard();
  const since = await from(database);
  const first = await step(database, "alter table apples add column size int");
  const own = [first, await step(database, "create table plums as select 1 as id")];
  assert.deepEqual(await writtenSince(database.sql, { ...since, own }), []);
  await database.sql`insert into plums values (2)`;
  assert.deepEqual(await writtenSince(database.sql, { ...since, own }), [
    "public.plums has 1 rows that somebody else wrote.",
  ]);
});

Deno.test("writtenSince() must not vouch for rows that one wrote over, unless nobody came between", async () => {
  await using database = await orchard();
  const since = await from(database);
  await database.sql`insert into version values ('somebody')`;
  const own = [await step(database, "update apples set name = upper(name)")];
  assert.deepEqual(await writtenSince(database.sql, { ...since, own }), [
    "public.apples was written to by the upgrade, and may have been by others.",
  ]);
});

Deno.test("writtenSince() must vouch for rows that one wrote over, where nobody came between", async () => {
  await using alone = await ownServer("postgres17", { args: ["-c", "autovacuum=off"] });
  await using database = await orchard(alone);
  const since = await from(database);
  const own = [
    await step(database, "update apples set name = upper(name)"),
    await step(database, "alter table apples alter id type bigint"),
  ];
  assert.deepEqual(await writtenSince(database.sql, { ...since, own }), []);
  await database.sql`delete from apples where id = 1`;
  assert.deepEqual(await writtenSince(database.sql, { ...since, own }), [
    "public.apples has 2 rows, the backup has 3.",
  ]);
});
