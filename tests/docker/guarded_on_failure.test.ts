import assert from "node:assert/strict";
import { join } from "node:path";
import type { OnFailure } from "../../src/config/levels.ts";
import type { OakumEvent } from "../../src/core/events.ts";
import type { RehearsalReport } from "../../src/reports/rehearsal.ts";
import { table } from "./migrate/project.ts";
import { guardedBy, rehearsedBeside } from "./migrate/rehearsed.ts";
import { journalOf, openShop, type Scene } from "./migrate/shop.ts";

/** Four of which the third fails where a file lies in its project. */
const FOUR = [
  table("aaaa1", undefined, "apples"),
  table("bbbb2", "aaaa1", "bananas"),
  {
    ...table("cccc3", "bbbb2", "cherries"),
    upgrade: [
      "op.execute('create table cherries (id int)')",
      "if os.path.exists('marker'): op.execute('select 1/0')",
    ],
  },
  table("dddd4", "cccc3", "dates"),
];

Deno.test("an upgrade that fails after revision 2 of 4", async (t) => {
  await using shop = await openShop();
  let report: RehearsalReport;

  /** A table of somebody's that is there before, a rehearsal, and a third revision that will fail. */
  async function aboutToFail(): Promise<Scene> {
    const scene = await shop.scene(FOUR);
    report = { ...report, target: { ...report.target, database: scene.database.name } };
    await Deno.writeTextFile(join(scene.folder, "marker"), "");
    return scene;
  }

  async function run(
    scene: Scene,
    onFailure: OnFailure,
    onEvent?: (event: OakumEvent) => void,
    allow: readonly string[] = [],
  ) {
    const { upgrade } = guardedBy(shop, () => report, { onFailure, allow });
    const backup = { dir: scene.backups, format: "custom", verify: "none", accept: false } as const;
    return await scene.run({ upgrade, backup }, onEvent ? { onEvent } : {});
  }

  {
    await using first = await shop.scene(FOUR);
    report = await rehearsedBeside(shop, FOUR, first);
  }

  await t.step("must stand where it stopped with stop", async () => {
    await using scene = await aboutToFail();
    const { error } = await run(scene, "stop");
    assert.equal(error?.outcome, "changed");
    assert.deepEqual([await scene.heads(), await scene.tables()], [["bbbb2"], [
      "apples",
      "bananas",
    ]]);
  });

  await t.step("must be undone with downgrade, where that was proved", async () => {
    await using scene = await aboutToFail();
    const { error } = await run(scene, "downgrade");
    assert.equal(error?.outcome, "unchanged", error?.message);
    assert.match(error.message, /division by zero/);
    assert.match(error.message, /Undone again: bbbb2, aaaa1\.\nThe database is as it was, at base/);
    assert.deepEqual([await scene.heads(), await scene.tables()], [[], []]);
    const ended = (await journalOf(scene)).filter(({ kind }) => kind === "outcome");
    assert.deepEqual(ended.filter((one) => one.operation === "downgrade").length, 2);
  });

  await t.step("must stand with downgrade, where others wrote into what it made", async () => {
    await using scene = await aboutToFail();
    let written: Promise<unknown> | undefined;
    const { error } = await run(scene, "downgrade", (event) => {
      const applies = event.type === "step" && event.text.startsWith("Applying cccc3");
      if (applies) written = scene.database.sql`insert into apples values (7)`.then(() => {});
    });
    assert.ok(written);
    await written;
    assert.equal(error?.outcome, "changed", error?.message);
    assert.match(error.message, /public\.apples has 1 rows that somebody else wrote/);
    assert.match(error.hint ?? "", /oakum rollback --via downgrade/);
    assert.deepEqual(await scene.heads(), ["bbbb2"]);
    assert.equal((await scene.database.sql`select from apples`).length, 1);
  });

  await t.step("must stand with downgrade, where one is not proved", async () => {
    await using scene = await aboutToFail();
    const [first, ...others] = report.revisions;
    const lossy = { ...first!, downgrade: { ...first!.downgrade, verdict: "lossy" as const } };
    const proved = report;
    report = { ...report, revisions: [lossy, ...others] };
    const { error } = await run(scene, "downgrade");
    report = proved;
    assert.equal(error?.outcome, "changed", error?.message);
    assert.match(error.message, /not taken back by --on-failure downgrade.* aaaa1 lossless: lossy/);
    assert.deepEqual(await scene.heads(), ["bbbb2"]);
  });

  await t.step("must be gone with restore, and keep the database that failed", async () => {
    await using scene = await aboutToFail();
    const { error } = await run(scene, "restore");
    assert.equal(error?.outcome, "unchanged", error?.message);
    assert.match(error.message, /was restored: the database is as it was then/);
    const [, kept] = /kept as "([^"]+)"/.exec(error.message) ?? [];
    assert.ok(kept);
    const sql = shop.server.sql(kept);
    const [row] = await sql<{ id: string }[]>`select version_num as id from alembic_version`;
    await sql.end();
    assert.equal(row?.id, "bbbb2");
    const restored = shop.server.sql(scene.database.name);
    const tables = await restored`select from pg_tables where schemaname = 'public'`;
    assert.equal(tables.length, 0);
    await restored.unsafe(`drop database "${kept}" with (force)`);
    await restored.end();
  });

  await t.step("must be refused before it begins, where its restore would be", async () => {
    await using scene = await aboutToFail();
    const { name, sql } = scene.database;
    const slot = `${name}_slot`;
    await sql`select pg_create_logical_replication_slot(${slot}, 'pgoutput')`;
    const { error: refused } = await run(scene, "restore");
    assert.deepEqual([refused?.code, refused?.outcome], ["no-way-back", "refused"]);
    assert.match(refused?.hint ?? "", /--allow logical-slot.*--on-failure stop/);
    assert.deepEqual(await scene.heads(), []);
    const { error: back } = await run(scene, "restore", undefined, ["logical-slot"]);
    assert.equal(back?.outcome, "unchanged", back?.message);
    const [, kept] = /kept as "([^"]+)"/.exec(back.message) ?? [];
    const restored = shop.server.sql(name);
    await restored`select pg_drop_replication_slot(${slot})`;
    await restored.unsafe(`drop database "${kept}" with (force)`);
    await restored.end();
  });

  await t.step("must stand with restore, where others have written since", async () => {
    await using scene = await aboutToFail();
    let written: Promise<unknown> | undefined;
    const { error } = await run(scene, "restore", (event) => {
      const applies = event.type === "step" && event.text.startsWith("Applying cccc3");
      if (applies) written = scene.database.sql`insert into apples values (7)`.then(() => {});
    });
    await written;
    assert.equal(error?.outcome, "changed", error?.message);
    assert.match(error.message, /public\.apples has 1 rows that somebody else wrote/);
    assert.match(error.hint ?? "", /oakum restore db_backup_/);
    assert.deepEqual(await scene.heads(), ["bbbb2"]);
  });

  await t.step("must stand with restore, where others write while that is loaded", async () => {
    await using scene = await aboutToFail();
    let written: Promise<unknown> | undefined;
    const { error } = await run(scene, "restore", (event) => {
      const loads = event.type === "step" && event.step === "load";
      if (loads) written ??= scene.database.sql`insert into apples values (7)`.then(() => {});
    });
    assert.ok(written);
    await written;
    assert.equal(error?.outcome, "changed", error?.message);
    assert.match(error.message, /public\.apples has 1 rows that somebody else wrote/);
    assert.deepEqual(await scene.heads(), ["bbbb2"]);
    assert.equal((await scene.database.sql`select from apples`).length, 1);
    const left = await scene.database.sql`
      select from pg_database where datname like ${`${scene.database.name}\\_%`}`;
    assert.equal(left.length, 0, "the loaded copy is still there");
  });
});
