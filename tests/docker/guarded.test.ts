import assert from "node:assert/strict";
import { join } from "node:path";
import type { Finding } from "../../src/reports/rehearsal.ts";
import { THREE } from "./migrate/project.ts";
import { readFingerprint } from "../../src/postgres/fingerprint.ts";
import { guardedBy, rehearsedBeside, rehearsedOnBackup } from "./migrate/rehearsed.ts";
import { journalOf, openShop } from "./migrate/shop.ts";

const FINDING: Finding = {
  rule: "data-lost",
  level: "fail",
  allowed: false,
  text: "apples is dropped.",
  fix: null,
  revision: "aaaa1",
  file: null,
  line: null,
};

/** A revision that also makes a table where a file lies in its project. */
const MOODY = {
  id: "aaaa1",
  upgrade: [
    "op.execute('create table apples (id int)')",
    "if os.path.exists('marker'): op.execute('create table surprise (id int)')",
  ],
};

Deno.test("a guarded upgrade", async (t) => {
  await using shop = await openShop();

  await t.step(
    "must not begin where the rehearsal found what stops it, and must where that is allowed",
    async () => {
      await using scene = await shop.scene(THREE);
      const report = await rehearsedOnBackup(shop, THREE, scene);
      const { upgrade, times } = guardedBy(shop, () => ({
        ...report,
        verdict: "failed",
        findings: [FINDING],
      }));
      const refused = await scene.run({ upgrade });
      assert.equal(refused.error?.code, "rehearsal-failed");
      assert.equal(refused.error.outcome, "refused");
      assert.match(refused.error.message, /data-lost: apples is dropped/);
      assert.match(refused.error.hint ?? "", /oakum upgrade --allow data-lost/);
      assert.deepEqual([await scene.tables(), await journalOf(scene)], [[], []]);
      assert.equal(times(), 1);

      const allowed = await scene.run({ upgrade: { ...upgrade, allow: ["data-lost"] } });
      assert.equal(allowed.error, undefined, allowed.error?.message);
      assert.deepEqual(await scene.heads(), ["cccc3"]);
      // What is accepted by name needs no other answer, and the rehearsal is not made again.
      assert.deepEqual([allowed.asked, times()], [[], 1]);
      const [first, second] = (await journalOf(scene)).filter(({ kind }) => kind === "intent");
      assert.deepEqual(first?.data["allowed"], ["data-lost"]);
      assert.equal(first?.data["by"], "ada");
      assert.deepEqual(first?.data["image"], { name: "shop:1", id: "sha256:1" });
      assert.equal(second?.data["by"], undefined);
    },
  );

  await t.step("must not destroy what held nothing on the copy and does now", async () => {
    await using scene = await shop.scene(THREE);
    const { sql } = scene.database;
    await sql`create table old (id int, note text, twice int generated always as (id * 2) stored)`;
    const report = await rehearsedOnBackup(shop, THREE, scene);
    const { sha256: fingerprint } = await sql.begin((transaction) => readFingerprint(transaction));
    const goneEmpty = [
      { table: "public.old", column: "note" },
      { table: "public.old", column: "twice" },
      { table: "public.made_before_it_goes", column: null },
    ];
    const [first, ...others] = report.revisions;
    const revisions = [{ ...first!, fingerprintBefore: fingerprint, goneEmpty }, ...others];
    const { upgrade } = guardedBy(shop, () => ({ ...report, fingerprint, revisions }));
    await sql`insert into old (id, note) select n, case when n = 7 then 'kept' end
      from generate_series(1, 100) n`;
    const refused = await scene.run({ upgrade });
    assert.deepEqual([refused.error?.code, refused.error?.outcome], ["filled-since", "refused"]);
    assert.match(refused.error!.message, /destroys the column public\.old\.note\. The copy/);
    assert.match(refused.error!.hint ?? "", /may go: oakum upgrade .*--allow data-lost$/);
    assert.deepEqual([await scene.heads(), await journalOf(scene)], [[], []]);
    await sql`update old set note = null`;
    assert.notEqual((await scene.run({ upgrade })).error?.code, "filled-since");
  });

  await t.step("must say before it begins that there would be no way back", async () => {
    await using scene = await shop.scene(THREE);
    const never = () => Promise.reject(new Error("not rehearsed"));
    const { upgrade } = guardedBy(shop, never, { onFailure: "restore" });
    const restore = await scene.run({ upgrade });
    assert.deepEqual([restore.error?.code, restore.error?.outcome], ["no-way-back", "refused"]);
    const unproved = { ...upgrade, rehearsal: undefined, onFailure: "downgrade" as const };
    assert.equal((await scene.run({ upgrade: unproved })).error?.code, "no-way-back");
    assert.deepEqual(await scene.tables(), []);
  });

  await t.step("must ask where the rehearsal warns, and only plan in a dry run", async () => {
    await using scene = await shop.scene(THREE);
    const report = await rehearsedBeside(shop, THREE, scene);
    const findings = [{ ...FINDING, level: "warn" as const }];
    const warned = { ...report, verdict: "warnings" as const, findings };
    const { upgrade, times } = guardedBy(shop, () => warned);
    const dry = await scene.run({ upgrade, dryRun: true });
    assert.equal(dry.report?.kind, "migration-plan");
    const items = dry.report.checklist?.items ?? [];
    assert.deepEqual(items.find(({ id }) => id === "rehearsed")?.state, "no");
    assert.deepEqual([times(), await scene.tables()], [0, []]);
    const ran = await scene.run({ upgrade });
    assert.equal(ran.error, undefined, ran.error?.message);
    assert.ok(ran.asked[0]?.details?.includes("  aaaa1 data-lost: apples is dropped."));
  });

  await t.step("must not begin where the schema changed after the rehearsal", async () => {
    await using scene = await shop.scene(THREE);
    const report = await rehearsedBeside(shop, THREE, scene);
    const { upgrade } = guardedBy(shop, async () => {
      await scene.database.sql`create table meanwhile (id int)`;
      return report;
    });
    const ran = await scene.run({ upgrade });
    assert.deepEqual([ran.error?.code, ran.error?.outcome], ["schema-changed", "refused"]);
    assert.match(ran.error!.message, /table public\.meanwhile was not there before/);
    assert.deepEqual([await scene.heads(), await journalOf(scene)], [[], []]);
  });

  await t.step("must not begin with files that were edited after the rehearsal", async () => {
    await using scene = await shop.scene([MOODY]);
    const report = await rehearsedBeside(shop, [MOODY], scene);
    const { upgrade } = guardedBy(shop, async () => {
      const file = join(scene.folder, "versions/aaaa1.py");
      await Deno.writeTextFile(file, await Deno.readTextFile(file) + "# edited\n");
      return report;
    });
    const ran = await scene.run({ upgrade });
    assert.deepEqual([ran.error?.code, ran.error?.outcome], ["files-changed", "refused"]);
    assert.deepEqual(await scene.tables(), []);
  });

  await t.step("nor where a file that they may import came to them", async () => {
    await using scene = await shop.scene([MOODY]);
    const report = await rehearsedBeside(shop, [MOODY], scene);
    const { upgrade } = guardedBy(shop, async () => {
      await Deno.writeTextFile(join(scene.folder, "helper.py"), "X = 1\n");
      return report;
    });
    const ran = await scene.run({ upgrade });
    assert.deepEqual([ran.error?.code, ran.error?.outcome], ["files-changed", "refused"]);
    assert.match(ran.error!.message, /a file was edited that lies in/);
    assert.deepEqual(await scene.tables(), []);
  });

  await t.step("must stop where a step does something else than in the rehearsal", async () => {
    const revisions = [MOODY, { ...THREE[1]!, down: "aaaa1" }];
    await using scene = await shop.scene(revisions);
    const report = await rehearsedBeside(shop, revisions, scene);
    await Deno.writeTextFile(join(scene.folder, "marker"), "");
    const ran = await scene.run({ upgrade: guardedBy(shop, () => report).upgrade });
    assert.deepEqual([ran.error?.code, ran.error?.outcome], ["not-as-rehearsed", "changed"]);
    assert.match(ran.error!.message, /surprise/);
    assert.match(
      ran.error!.message,
      /The database is at aaaa1\.\nApplied: aaaa1\.\nNot run: bbbb2/,
    );
    assert.deepEqual(await scene.tables(), ["apples", "surprise"]);
  });
});
