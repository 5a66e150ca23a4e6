import assert from "node:assert/strict";
import { checkApp } from "../../src/operations/doctor/app.ts";
import { migrate } from "../../src/operations/migrate.ts";
import { editedRevisions } from "../../src/operations/revisions/edited.ts";
import { stamp } from "../../src/operations/stamp.ts";
import { startApp, type TestApp } from "./verbs/app.ts";
import { MERGED } from "./verbs/project.ts";

/** Changes the text of a revision's file. */
async function edit({ folder }: TestApp, id: string, change: (text: string) => string) {
  const path = `${folder}/migrations/versions/${id}.py`;
  const text = await Deno.readTextFile(path);
  assert.notEqual(change(text), text);
  await Deno.writeTextFile(path, change(text));
}

async function edited(app: TestApp) {
  const { migrator, context, database } = app;
  const { graph } = await migrator.read({ database: false }, context.signal);
  const rows = await database.sql<{ id: string }[]>`select version_num as id from alembic_version`;
  const found = await editedRevisions(app, graph, rows.map(({ id }) => id));
  return found.map(({ revision, what }) => [revision, what]);
}

async function checked(app: TestApp) {
  const { context, place, migrator, database, dir, target } = app;
  const sql = place.session.sql(database.name);
  const known = { target: place.database, sql, journal: { dir, target } };
  const about = { service: "web", newerImage: undefined, locates: false, database: known };
  const found = await checkApp(migrator, about, context.signal);
  return found.filter(({ name }) => name === "edited-revision");
}

async function planWarnings(app: TestApp, direction: "upgrade" | "downgrade", revision: string) {
  const { context, place, migrator, target, dir } = app;
  const plan = await migrate(context, place, migrator, {
    ...{ direction, revision, target, app: "web", dir, backup: undefined, whyNoBackup: "" },
    ...{ lockTimeoutMs: 3000, retries: 0, dryRun: true },
  });
  return plan.warnings.filter((text) => text.includes("its file was changed since"));
}

async function stampTo(app: TestApp, revision: string) {
  const { context, place, migrator, target, dir } = app;
  await stamp(context, place, migrator, {
    ...{ target, app: "web", revisions: [revision], purge: false, dir },
    ...{ lockTimeoutMs: 3000, dryRun: false },
  });
}

Deno.test("the file of an applied revision that was edited", async (t) => {
  await using app = await startApp({ revisions: MERGED });
  await app.upgrade("bbbb2222");

  await t.step("must not be made up while nothing is edited, or only what is pending", async () => {
    await edit(app, "cccc3333", (text) => text.replace("numeric", "integer"));
    assert.deepEqual(await edited(app), []);
    assert.deepEqual((await checked(app)).map(({ level }) => level), ["ok"]);
  });

  await t.step("must alarm nobody where its layout alone is another one", async () => {
    await edit(app, "aaaa1111", (text) => `# laid out anew\n${text.replaceAll("\n", "\r\n")}`);
    assert.deepEqual(await edited(app), [["aaaa1111", "layout"]]);
    const [check] = await checked(app);
    assert.deepEqual([check?.level, check?.mend], ["ok", null]);
    assert.match(check?.text ?? "", /In 1 file comments and layout alone changed\.$/);
    assert.deepEqual(await planWarnings(app, "upgrade", "heads"), []);
  });

  await t.step("must be found by doctor, with what to do, and warned of in a plan", async () => {
    await edit(app, "bbbb2222", (text) => text.replace("add frame text", "add frame varchar"));
    assert.deepEqual(await edited(app), [["aaaa1111", "layout"], ["bbbb2222", "code"]]);
    const [check, ...others] = await checked(app);
    assert.deepEqual([check?.level, others], ["warning", []]);
    assert.match(check?.text ?? "", /^bbbb2222 \(frame them\) was applied 20\d\d-.*; its file/);
    assert.match(check?.mend ?? "", /git log -p -- '\*bbbb2222\.py'; .*oakum revision -m TEXT$/);
    for (const [direction, to] of [["upgrade", "heads"], ["downgrade", "-1"]] as const) {
      const [warning, ...more] = await planWarnings(app, direction, to);
      assert.match(warning ?? "", /^bbbb2222 was applied 20/);
      assert.deepEqual(more, []);
    }
  });

  await t.step("must be forgotten once the revision is stamped away and back", async () => {
    await stampTo(app, "aaaa1111");
    assert.deepEqual(await edited(app), [["aaaa1111", "layout"]]);
    await stampTo(app, "bbbb2222");
    assert.deepEqual(await edited(app), [["aaaa1111", "layout"]]);
  });
});
