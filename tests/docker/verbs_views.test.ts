import assert from "node:assert/strict";
import { OakumError } from "../../src/core/errors.ts";
import { current } from "../../src/operations/current.ts";
import { heads } from "../../src/operations/heads.ts";
import { history } from "../../src/operations/history.ts";
import { showRevision } from "../../src/operations/show_revision.ts";
import { startApp, type TestApp } from "./verbs/app.ts";
import { BRANCHES, MERGED } from "./verbs/project.ts";

const ALL = { from: undefined, to: undefined };

function drawnHistory(app: TestApp, range: { from?: string; to?: string } = {}) {
  const { context, place, migrator } = app;
  return history(context, place, migrator, { app: "web", range: { ...ALL, ...range } });
}

async function shown(app: TestApp, revision: string, source = false) {
  const { context, place, migrator, host, dir, target } = app;
  const request = { app: "web", revision, source, journal: { dir, target } };
  return (await showRevision(context, place, { migrator, host }, request)).revisions;
}

async function currentOf({ context, place, migrator, target }: TestApp) {
  return (await current(context, place, migrator, { target, app: "web" })).databases;
}

Deno.test("views of a database that was never migrated leave no version table behind", async () => {
  await using app = await startApp({ revisions: MERGED });
  const tables = () => app.database.sql`select schemaname, tablename from pg_tables order by 1, 2`;
  const before = await tables();

  const [place] = await currentOf(app);
  assert.deepEqual(place?.revisions, []);
  assert.equal(place.versionTable.exists, false);
  assert.equal(place.pending, 4);
  const { revisions } = await drawnHistory(app);
  assert.deepEqual(revisions.map(({ applied }) => applied), [false, false, false, false]);
  assert.equal((await shown(app, "head"))[0]?.applied, false);
  await heads(app.context, app.migrator, { app: "web", resolveDependencies: false });

  assert.deepEqual(await tables(), before);
});

Deno.test("views of two branches, one of which is applied", async (t) => {
  await using app = await startApp({ revisions: BRANCHES });
  await app.upgrade("frames@head");

  await t.step("current() says that its one revision is a head, and one is pending", async () => {
    const [place] = await currentOf(app);
    const head = { id: "bbbb2222", doc: "frame them", known: true, head: true };
    assert.deepEqual(place?.revisions, [head]);
    assert.deepEqual([place.pending, place.atHeads], [1, false]);
    const table = { schema: null, name: "alembic_version", foundIn: "public", exists: true };
    assert.deepEqual(place.versionTable, table);
  });

  await t.step("heads() names both, with their labels", async () => {
    const request = { app: "web", resolveDependencies: false };
    const found = (await heads(app.context, app.migrator, request)).heads;
    const named = found.map(({ id, labels }) => [id, ...labels]);
    assert.deepEqual(named, [["bbbb2222", "frames"], ["cccc3333"]]);
  });

  await t.step("history() marks what is applied and where the database is", async () => {
    const report = await drawnHistory(app);
    const state = report.revisions.map(({ id, applied, at }) => [id, applied, ...at]);
    assert.deepEqual(
      new Set(state.map((one) => one.join(" "))),
      new Set(["cccc3333 false", `bbbb2222 true ${app.database.name}`, "aaaa1111 true"]),
    );
    assert.equal(state.at(-1)?.[0], "aaaa1111", "the base comes last");
    assert.equal(report.unknown, null);
  });

  await t.step("history() from current has the pending ones, of every branch", async () => {
    const { revisions, leftOut } = await drawnHistory(app, { from: "current" });
    assert.deepEqual(revisions.map(({ id }) => id).sort(), ["bbbb2222", "cccc3333"]);
    assert.equal(leftOut, 1);
  });

  await t.step("show() has the neighbours, the kinds and the file of a revision", async () => {
    const [base] = await shown(app, "aaaa", true);
    assert.deepEqual(base?.children.map(({ id }) => id), ["bbbb2222", "cccc3333"]);
    assert.deepEqual([base.parents, base.upgrade, base.downgrade], [[], "code", "code"]);
    assert.match(base.docstring, /A second paragraph about aaaa1111\./);
    assert.equal(base.created, "2026-03-01 10:00:00");
    const file = await Deno.readTextFile(`${app.folder}/migrations/versions/aaaa1111.py`);
    assert.equal(base.source, file);
    const [prices] = await shown(app, "cccc3333");
    assert.deepEqual([prices?.downgrade, prices?.applied, prices?.source], ["empty", false, null]);
  });

  await t.step(
    "show() knows when a revision was applied, and that its file was edited",
    async () => {
      const before = (await shown(app, "frames"))[0];
      assert.equal(before?.edited, false);
      assert.match(before.appliedAt ?? "", /^\d{4}-\d\d-\d\dT/);
      const path = `${app.folder}/migrations/versions/bbbb2222.py`;
      await Deno.writeTextFile(path, `${await Deno.readTextFile(path)}\n# later\n`);
      assert.equal((await shown(app, "frames"))[0]?.edited, true);
      assert.equal((await shown(app, "aaaa1111"))[0]?.edited, false);
    },
  );

  await t.step("show current is the revision of the database", async () => {
    assert.deepEqual((await shown(app, "current")).map(({ id }) => id), ["bbbb2222"]);
    assert.deepEqual((await shown(app, "current-1")).map(({ id }) => id), ["aaaa1111"]);
    await assert.rejects(shown(app, "nosuch"), { code: "unknown-revision" });
  });

  await t.step("a revision that the scripts do not have is named, not hidden", async () => {
    await app.database.sql`update alembic_version set version_num = 'ffff9999'`;
    const [place] = await currentOf(app);
    const strange = { id: "ffff9999", doc: null, known: false, head: false };
    assert.deepEqual(place?.revisions, [strange]);
    assert.equal(place.pending, null);
    const { revisions } = await drawnHistory(app);
    assert.deepEqual(revisions.map(({ applied }) => applied), [null, null, null]);
    await assert.rejects(drawnHistory(app, { from: "current" }), {
      code: "unknown-current-revision",
    });
  });
});

Deno.test("current() reads a version table of another name and schema that -x chooses", async () => {
  await using app = await startApp({ revisions: MERGED, x: ["table=moves", "schema=history"] });
  await app.database.sql`create schema history`;
  await app.upgrade("bbbb2222");
  const [place] = await currentOf(app);
  const table = { schema: "history", name: "moves", foundIn: "history", exists: true };
  assert.deepEqual(place?.versionTable, table);
  assert.equal(place.name, `${app.database.name}.history`);
  assert.deepEqual(place.revisions.map(({ id }) => id), ["bbbb2222"]);
});

Deno.test("a history is drawn where the database cannot be reached, and says so", async (t) => {
  const nowhere = "DATABASE_URL=postgresql+psycopg://nobody:secret-word@127.0.0.1:9/nowhere";
  await using app = await startApp({ revisions: MERGED, options: ["--env", nowhere] });
  const { context, migrator, target } = app;

  await t.step("by the app", async () => {
    const { revisions, databases, unknown } = await drawnHistory(app);
    assert.deepEqual(revisions.map(({ applied }) => applied), [null, null, null, null]);
    assert.deepEqual([databases, unknown?.code], [[], "app-cannot-connect"]);
    assert.doesNotMatch(JSON.stringify(unknown), /secret-word/);
  });

  await t.step("by anybody", async () => {
    const stopped = new OakumError("database-not-running", "refused", "It does not run.");
    const place = { unreachable: stopped };
    const report = await history(context, place, migrator, { app: "web", range: ALL });
    const unknown = { code: "database-not-running", message: "It does not run." };
    assert.deepEqual([report.revisions.length, report.unknown], [4, unknown]);
    const range = { from: "current", to: undefined };
    const asked = history(context, place, migrator, { app: "web", range });
    await assert.rejects(asked, { code: "database-not-running" });
  });

  await t.step("and current() fails with env.py's own line first", async () => {
    const asked = current(context, app.place, migrator, { target, app: "web" });
    const error: unknown = await asked.catch((thrown) => thrown);
    assert.ok(error instanceof OakumError);
    assert.match(error.message, /env\.py:\d+: with create_engine/);
    assert.doesNotMatch(error.message + JSON.stringify(error.data), /Traceback|secret-word/);
    assert.match((error.cause as Error).stack ?? "", /env\.py/);
  });
});

Deno.test("history() marks nothing where the app and oakum see different databases", async () => {
  await using other = await startApp({ revisions: MERGED });
  await using app = await startApp({ revisions: MERGED });
  await app.upgrade("aaaa1111");
  const place = { ...app.place, database: other.place.database };
  const { context, migrator } = app;
  const report = await history(context, place, migrator, { app: "web", range: ALL });
  assert.equal(report.unknown?.code, "other-database");
  assert.deepEqual(report.databases, []);
});

for (
  const [image, driver] of [["app-poetry", "asyncpg"], ["app-oldest", "psycopg2"]] as const
) {
  Deno.test(`views work in ${image}, with ${driver}`, async () => {
    await using app = await startApp({ revisions: MERGED, image, driver });
    await app.upgrade("cccc3333");
    assert.deepEqual((await currentOf(app))[0]?.revisions.map(({ id }) => id), ["cccc3333"]);
    const { revisions } = await drawnHistory(app, { from: "current", to: "head" });
    assert.deepEqual(revisions.map(({ id }) => id).sort(), ["bbbb2222", "cccc3333", "dddd4444"]);
    assert.equal((await shown(app, "bbbb"))[0]?.docstring.split("\n")[0], "frame them");
  });
}

Deno.test("views work where the container's file system is read-only and the user is no root", async () => {
  const options = ["--read-only", "--user", "4711:4711"];
  await using app = await startApp({ revisions: MERGED, options });
  assert.deepEqual((await drawnHistory(app)).revisions.length, 4);
  assert.match((await shown(app, "head", true))[0]?.source ?? "", /join frames and prices/);
});
