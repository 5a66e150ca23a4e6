import assert from "node:assert/strict";
import { openAlembic } from "../../src/migrators/alembic/open.ts";
import { checkFoundPlace } from "../../src/operations/doctor/place.ts";
import { locate } from "../../src/operations/locate.ts";
import { FOLDER, startApp, type TestApp } from "./verbs/app.ts";
import { BRANCHES, type RevisionFile } from "./verbs/project.ts";

const LINE: readonly RevisionFile[] = [
  BRANCHES[0]!,
  BRANCHES[1]!,
  {
    id: "cccc3333",
    doc: "gild them",
    down: ["bbbb2222"],
    upgrade: `op.execute("update paintings set frame = 'gold'")`,
  },
  {
    id: "dddd4444",
    doc: "price them",
    down: ["cccc3333"],
    upgrade: `op.execute("alter table paintings add price numeric")`,
  },
];

/** Looks for the place of the app's schema; without the journal unless it is asked for. */
async function placeOf(app: TestApp, dir = `${app.dir}/none`, timeoutMs = 60_000) {
  const { context, place, migrator, target, container } = app;
  const as = (await context.engine.container(container.name))!;
  return await locate(context, place, migrator, {
    journal: { dir, target },
    memory: 2 ** 30,
    timeoutMs,
    app: {
      as,
      dialled: { port: 5432, hosts: [], socketFolder: undefined },
      ...{ environment: {}, writable: [] },
      open: (host) =>
        openAlembic(host, {
          ...{ workdir: undefined, config: undefined, section: undefined, user: undefined },
          ...{ commands: [], x: [], folders: [FOLDER], environment: {} },
          application: migrator.application,
        }, context.signal),
    },
  });
}

async function sets({ database }: TestApp, ...revisions: string[]): Promise<void> {
  await database.sql`delete from alembic_version`;
  for (const id of revisions) await database.sql`insert into alembic_version values (${id})`;
}

Deno.test("locate() of a database that is out of step with its version table", async (t) => {
  await using app = await startApp({ revisions: LINE });
  await app.upgrade("head");
  const { database: { sql } } = app;

  await t.step("must say that all is well where it is, and change nothing", async () => {
    const tables = () => sql`select schemaname, tablename from pg_tables order by 1, 2`;
    const before = await tables();
    const found = await placeOf(app);
    assert.deepEqual([found.by, found.verdict, found.stamps], ["replay", "in-step", []]);
    assert.deepEqual(await tables(), before);
    const { level, mend } = checkFoundPlace(found);
    assert.deepEqual([level, mend], ["ok", null]);
  });

  await sql`alter table paintings drop price`;
  const frames = ["bbbb2222", "cccc3333"];

  await t.step("must find the revisions that it equals, and what stamps each", async () => {
    const found = await placeOf(app);
    assert.deepEqual([found.by, found.verdict, found.current], ["replay", "equal", ["dddd4444"]]);
    assert.deepEqual(found.candidates.map(({ heads }) => heads.join()), frames);
    assert.deepEqual(found.stamps, frames.map((id) => `oakum stamp ${id}`));
    const { level, text, mend } = checkFoundPlace(found);
    assert.equal(level, "trouble");
    assert.match(
      text,
      /^The schema is that of bbbb2222 \(frame them\) or cccc3333 \(gild them\), /,
    );
    assert.match(text, /The version table says dddd4444\.$/);
    assert.match(mend ?? "", /^Only the data tells .*oakum show bbbb2222; oakum show cccc3333/);
  });

  await t.step("must use the journal, which may not know all that look alike", async () => {
    const found = await placeOf(app, app.dir);
    assert.deepEqual([found.by, found.verdict], ["journal", "equal"]);
    assert.deepEqual(found.candidates.map(({ heads }) => heads.join()), frames.toReversed());
    await sets(app, "cccc3333");
    const { by, verdict } = await placeOf(app, app.dir);
    assert.deepEqual([by, verdict], ["journal", "in-step"]);
    await sets(app, "dddd4444");
  });

  await t.step("must find it past a revision that is gone, and what that one made", async () => {
    await sets(app, "9999abcd");
    await sql`create table visitors (id int primary key)`;
    const found = await placeOf(app);
    assert.deepEqual([found.verdict, found.current], ["besides", ["9999abcd"]]);
    assert.deepEqual(found.stamps, frames.map((id) => `oakum stamp --purge ${id}`));
    assert.ok(found.besides.includes("table public.visitors"), found.besides.join());
    assert.deepEqual(found.candidates.map(({ differences }) => differences), [[], []]);
    await sql`drop table visitors`;
  });

  await t.step("must find the nearest where it equals none, with the differences", async () => {
    await sql`alter table paintings alter title type varchar(99)`;
    const found = await placeOf(app);
    assert.equal(found.verdict, "nearest");
    assert.deepEqual(found.candidates.map(({ heads }) => heads.join()), frames);
    assert.deepEqual(found.candidates[0]?.differences, [
      "the type of public.paintings.title (character varying(99) instead of text)",
    ]);
    const { text, mend } = checkFoundPlace(found);
    assert.match(text, /^The schema is that of bbbb2222 .* apart but for the type of public/);
    assert.match(mend ?? "", /^Only the data tells .* oakum stamp --purge bbbb/);
    await sql`alter table paintings alter title type text`;
  });

  await t.step("must use what could be replayed where a revision fails on nothing", async () => {
    const path = `${app.folder}/migrations/versions/cccc3333.py`;
    const file = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, file.replace("update paintings", "update nothing_there"));
    const found = await placeOf(app);
    assert.equal(found.verdict, "equal");
    assert.deepEqual(found.candidates.map(({ heads }) => heads.join()), ["bbbb2222"]);
    assert.deepEqual(found.failures.map(({ revision }) => revision), ["cccc3333"]);
    assert.deepEqual(found.left, ["cccc3333", "dddd4444"]);
    assert.deepEqual(found.stamps, []);
    const { text, mend } = checkFoundPlace(found);
    assert.match(
      text,
      /Revision cccc3333 could not be replayed: .*nothing_there.*nobody looked at dddd4444 either\.$/,
    );
    assert.match(mend ?? "", /^No stamp is safe before .* cccc3333 was applied/);
  });

  await t.step("must leave a version table in peace that may be right", async () => {
    await sets(app, "cccc3333");
    const { level, text, mend } = checkFoundPlace(await placeOf(app));
    assert.deepEqual([level, mend], ["ok", null]);
    assert.match(text, /bbbb2222 \(frame them\); cccc3333 may look the same, so nothing speaks/);
  });

  await t.step("must say what the app's own tables are as, where no version is there", async () => {
    await sql`drop table alembic_version, paintings`;
    await sql`create table paintings (frame varchar, title text not null, id serial primary key)`;
    const path = `${app.folder}/migrations/versions`;
    await Deno.remove(`${path}/cccc3333.py`);
    await Deno.remove(`${path}/dddd4444.py`);
    const found = await placeOf(app);
    assert.deepEqual([found.verdict, found.tablesWithoutVersion], ["nearest", true]);
    const { text, mend } = checkFoundPlace(found);
    assert.match(text, /^There are tables, and no version/);
    assert.match(
      text,
      /bbbb2222 \(frame them\) but for the order of the columns of public\.paintings; the type of public\.paintings\.frame \(character varying instead of text\)\./,
    );
    assert.equal(mend, "oakum stamp bbbb2222");
  });
});

Deno.test("locate() must find several heads that were restored without their version table", async () => {
  await using app = await startApp({ revisions: BRANCHES });
  await app.upgrade("heads");
  await sets(app);
  const found = await placeOf(app);
  assert.deepEqual([found.verdict, found.current], ["equal", []]);
  assert.deepEqual(found.candidates.map(({ heads }) => heads.toSorted()), [
    ["bbbb2222", "cccc3333"],
  ]);
  assert.match(found.stamps[0] ?? "", /^oakum stamp (bbbb2222 cccc3333|cccc3333 bbbb2222)$/);
});

Deno.test("locate() must give up on a revision that hangs, and offer no stamp that it cannot know", async () => {
  const hangs = { id: "dddd4444", doc: "wait", down: ["bbbb2222"] };
  const upgrade = `op.execute("create table late (id int)"); op.execute("select pg_sleep(600)")`;
  await using app = await startApp({ revisions: [...LINE.slice(0, 2), { ...hangs, upgrade }] });
  await app.upgrade("bbbb2222");
  await app.database.sql`create table late (id int)`;
  await sets(app, "dddd4444");
  const found = await placeOf(app, undefined, 20_000);
  assert.deepEqual(found.failures.map(({ revision }) => revision), ["dddd4444"]);
  assert.match(found.failures[0]?.message ?? "", /^It did not end within /);
  assert.deepEqual([found.verdict, found.stamps, found.left], ["not-known", [], ["dddd4444"]]);
});
