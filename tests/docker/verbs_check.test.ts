import assert from "node:assert/strict";
import { check } from "../../src/operations/check.ts";
import { takePicture } from "../../src/operations/migrate/picture.ts";
import { startApp, type TestApp } from "./verbs/app.ts";
import { BRANCHES, MERGED } from "./verbs/project.ts";

function checkOf({ context, place, migrator, target }: TestApp) {
  return check(context, place, migrator, { target, app: "web" });
}

/** Schema, revision, and how many rows were ever written. */
async function stateOf({ place, database }: TestApp) {
  const table = { schema: null, name: "alembic_version", foundIn: "public" };
  const picture = await takePicture(place.session.sql(database.name), table);
  const [row] = await database.sql`
    select sum(n_tup_ins + n_tup_upd + n_tup_del)::text as written from pg_stat_user_tables`;
  return { picture, written: row?.["written"] as string };
}

Deno.test("check() of a database that is behind names what is pending and compares nothing", async () => {
  await using app = await startApp({ revisions: MERGED });
  const report = await checkOf(app);
  assert.deepEqual(report.pending.map(({ id }) => id).at(-1), "dddd4444");
  assert.deepEqual([report.pending.length, report.changes, report.agrees], [4, null, false]);
  const tables = await app.database.sql`select 1 from pg_tables where schemaname = 'public'`;
  assert.equal(tables.length, 0);
});

Deno.test("check() of a database at all heads", async (t) => {
  await using app = await startApp({ revisions: BRANCHES });
  await app.upgrade("heads");

  await t.step("agrees with the models, also where there are two heads", async () => {
    const before = await stateOf(app);
    const report = await checkOf(app);
    assert.deepEqual([report.changes, report.agrees], [[], true]);
    assert.deepEqual([report.pending, report.unknown, report.notes], [[], [], []]);
    assert.deepEqual(await stateOf(app), before);
  });

  await t.step("says in words what has drifted, and what may be a rename", async () => {
    await app.database.sql`alter table paintings rename frame to border`;
    const before = await stateOf(app);
    const report = await checkOf(app);
    const texts = report.changes?.map(({ text }) => text).sort();
    assert.deepEqual(texts, [
      "add column paintings.frame TEXT",
      "remove column paintings.border",
    ]);
    const rename = { kind: "column", table: "paintings", from: "border", to: "frame" };
    assert.deepEqual([report.renames, report.agrees], [[rename], false]);
    assert.deepEqual(await stateOf(app), before);
  });

  await t.step("says that the scripts do not have its revision", async () => {
    await app.database.sql`update alembic_version set version_num = 'ffff9999'
      where version_num = 'bbbb2222'`;
    const report = await checkOf(app);
    assert.deepEqual([report.unknown, report.changes], [["ffff9999"], null]);
  });
});

Deno.test("check() lets an env.py write that does so by itself, and tells", async () => {
  const options = ["--env", "SELF_MADE=1"];
  await using app = await startApp({ revisions: MERGED, options });
  await app.upgrade("heads");
  const { agrees, notes } = await checkOf(app);
  assert.equal(agrees, true);
  assert.equal(notes.length, 1);
  assert.match(
    notes[0] ?? "",
    /env\.py writes to the database .*env\.py:\d+: connection\.exec_driver_sql/,
  );
});

Deno.test("check() says so where env.py gives no models", async () => {
  const files = { "models.py": "metadata = None\n" };
  await using app = await startApp({ revisions: MERGED, files });
  await app.upgrade("heads");
  await assert.rejects(checkOf(app), { code: "no-metadata", outcome: "refused" });
});

for (
  const [image, driver] of [["app-poetry", "asyncpg"], ["app-oldest", "psycopg2"]] as const
) {
  Deno.test(`check() works in ${image}, with ${driver}`, async () => {
    await using app = await startApp({ revisions: MERGED, image, driver });
    await app.upgrade("heads");
    const before = await stateOf(app);
    assert.equal((await checkOf(app)).agrees, true);
    await app.database.sql`alter table paintings drop price`;
    const { changes } = await checkOf(app);
    assert.deepEqual(changes?.map(({ kind, column }) => [kind, column]), [["add_column", "price"]]);
    await app.database.sql`alter table paintings add price numeric`;
    assert.equal((await stateOf(app)).written, before.written);
  });
}
