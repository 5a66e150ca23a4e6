import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { lossText } from "../../src/reports/data_loss.ts";
import { Site } from "./migrate/cli.ts";
import { writeRevision } from "./migrate/project.ts";
import { ADDRESS, FIRST, rollback, upgraded } from "./migrate/rollback.ts";

Deno.test("rollback goes the way that loses nothing, or none", async (t) => {
  await using site = await Site.open();

  await t.step("where nobody wrote since, one command takes the upgrade back", async () => {
    await upgraded(site);
    const { code, said, report } = await rollback(site, "--yes");
    assert.equal(code, 0, said);
    assert.deepEqual([report.way, report.from, report.to], ["downgrade", ["bbbb2"], ["aaaa1"]]);
    assert.deepEqual([report.prices.downgrade.verdict, report.prices.restore.verdict], [
      "free",
      "free",
    ]);
    assert.equal(await site.state(), "aaaa1: users");
    assert.ok(report.backup !== null && report.tookMs >= report.wayTookMs);
    const app = `${site.stack.project}-web-1`;
    const image = await output(["docker", "inspect", "-f", "{{.Config.Image}} {{.Image}}", app]);
    assert.equal(`${report.image?.name} ${report.image?.id}`, image);
    const [begun] = (await site.journal()).filter(({ operation }) => operation === "rollback");
    const { by, via, allowed, loses } = begun?.data ?? {};
    assert.ok(typeof by === "string" && by !== "");
    assert.deepEqual([via, allowed, loses], [null, [], []]);
    const wrapped = (await site.journal()).filter(({ operation }) => operation === "rollback");
    assert.deepEqual(wrapped.map(({ kind, step }) => `${kind} ${step}`), [
      "intent downgrade",
      "outcome downgrade",
    ]);
    assert.equal(await site.openSteps(), 0);
  });

  await t.step("what users wrote into a new column is counted, and it stops", async () => {
    // The time that the upgrade itself fills in is another one each time, and nobody's loss.
    const since = 'op.execute("alter table users add since timestamp not null default now()")';
    const numbers = 'op.execute("create sequence numbers")';
    const upgrade = [...ADDRESS.upgrade ?? [], since, numbers];
    const downgrade = [
      ...ADDRESS.downgrade ?? [],
      'op.execute("alter table users drop since")',
      'op.execute("drop sequence numbers")',
    ];
    await upgraded(site, { ...ADDRESS, upgrade, downgrade });
    await site.ask("update users set address = 'street ' || id where id in (1, 2, 15)");
    const { code, error } = await rollback(site, "--yes");
    assert.deepEqual([code, error.code], [4, "rollback-costs"], error.message);
    const loss = "3 values of public.users.address";
    const [, byDowngrade, byRestore] = error.message.split(/^(?=downgrade:|restore of)/m);
    assert.ok(byDowngrade?.includes(loss), error.message);
    assert.ok(byRestore?.includes(loss), error.message);
    assert.match(error.hint, /--via downgrade or oakum rollback --via restore/);
    assert.equal(await site.state(), "bbbb2: users");
  });

  await t.step("a dry run shows both prices and changes nothing but the backups", async () => {
    await site.ask("insert into users values (21, 'new')");
    await site.ask("delete from users where id in (18, 19)");
    await site.ask("select nextval('numbers') from generate_series(1, 3)");
    await site.ask("select lo_from_bytea(4711, 'a receipt')");
    const { code, said, report } = await rollback(site, "--dry-run", "--via", "restore");
    assert.equal(code, 0, said);
    const { downgrade, restore } = report.prices;
    assert.deepEqual([downgrade.verdict, restore.verdict], ["loses", "loses"]);
    assert.deepEqual(downgrade.lost.map(lossText), [
      "3 values of public.users.address",
      "1 value of public.users.since",
    ]);
    assert.deepEqual(restore.lost.map(lossText), [
      "1 row of public.users",
      "3 values of public.users.address",
    ]);
    const back =
      "sequence public.numbers: goes back from 3 to its start, so numbers are given out twice";
    assert.deepEqual(downgrade.besides, [back]);
    assert.deepEqual(restore.besides, [
      back,
      "large objects: 1 now, 0 then, and not the same ones",
    ]);
    assert.deepEqual(restore.returning, [{ table: "public.users", rows: 2 }]);
    assert.equal(await site.state(), "bbbb2: users");
  });

  await t.step("--via restore brings the backup from before back, and keeps what was", async () => {
    const { code, said, report } = await rollback(site, "--via", "restore", "--yes");
    assert.equal(code, 0, said);
    assert.equal(await site.state(), "aaaa1: users");
    assert.equal(await site.ask("select count(*) from users"), "20");
    assert.ok(report.restored?.keptAs);
    const kept = await site.ask("select address from users where id = 15", report.restored.keptAs);
    assert.equal(kept, "street 15");
  });

  await t.step("after a restore an upgrade from before it is not taken for the last", async () => {
    const { code, said, report } = await rollback(site, "--dry-run");
    assert.equal(code, 0, said);
    assert.deepEqual([report.from, report.to], [["aaaa1"], []]);
  });
});

Deno.test("rollback says which way cannot be gone", async (t) => {
  await using site = await Site.open();

  await t.step("where the downgrade fails on the data of now, the backup is restored", async () => {
    const downgrade = ['op.execute("alter table users alter address set not null")'];
    await upgraded(site, { ...ADDRESS, downgrade });
    const { code, said, report } = await rollback(site, "--yes");
    assert.equal(code, 0, said);
    assert.equal(report.way, "restore");
    assert.equal(report.prices.downgrade.verdict, "impossible");
    assert.match(report.prices.downgrade.why ?? "", /the downgrade of bbbb2 fails: .*null values/s);
    assert.equal(await site.state(), "aaaa1: users");
    assert.equal(
      await site.ask(
        "select count(*) from pg_attribute where attname = 'address' and attrelid = 'users'::regclass",
      ),
      "0",
    );
  });

  await t.step(
    "a downgrade that does not bring back what the upgrade took is not free",
    async () => {
      const upgrade = ['op.execute("alter table users drop name")'];
      const downgrade = ['op.execute("alter table users add name text")'];
      await upgraded(site, { ...ADDRESS, upgrade, downgrade });
      const { code, said, report } = await rollback(site, "--yes");
      assert.equal(code, 0, said);
      assert.equal(report.way, "restore");
      assert.deepEqual(report.prices.downgrade.notBack.map(lossText), [
        "20 values of public.users.name",
      ]);
      assert.equal(await site.ask("select name from users where id = 7"), "user 7");
    },
  );

  await t.step("without a backup from before there is only the downgrade", async () => {
    await upgraded(site);
    const folder = `${site.backups}/${site.stack.project}/db.shop`;
    for await (const { name } of Deno.readDir(folder)) {
      if (name.startsWith("db_backup_")) await Deno.remove(`${folder}/${name}`);
    }
    const refused = await rollback(site, "--via", "restore", "--yes");
    assert.deepEqual([refused.code, refused.error.code], [4, "rollback-impossible"]);
    assert.match(refused.error.message, /there is no good backup at aaaa1/);
    assert.match(refused.error.hint, /--via downgrade/);
    assert.equal(await site.state(), "bbbb2: users");
  });

  await t.step("an upgrade that oakum did not make is not guessed at", async () => {
    await site.reset([FIRST, ADDRESS]);
    const app = await site.startApp();
    await output(["docker", "exec", app, "/srv/venv/bin/alembic", "upgrade", "head"]);
    const { code, error } = await rollback(site, "--yes");
    assert.deepEqual([code, error.code], [4, "no-upgrade-known"]);
    assert.match(error.hint, /oakum downgrade aaaa1/);
    assert.equal(await site.state(), "bbbb2: users");
  });

  await t.step("--to names the goal, and needs no journal", async () => {
    const { code, said, report } = await rollback(site, "--to", "aaaa1", "--yes");
    assert.equal(code, 0, said);
    assert.deepEqual([report.way, report.prices.restore.verdict], ["downgrade", "impossible"]);
    assert.equal(await site.state(), "aaaa1: users");
  });

  await t.step("without a fresh backup nothing is measured, and a person decides", async () => {
    const { code, said } = await site.run("upgrade", "head", "--yes");
    assert.equal(code, 0, said);
    const refused = await rollback(site, "--no-safety-backup", "--yes");
    assert.deepEqual([refused.code, refused.error.code], [4, "rollback-costs"]);
    assert.match(refused.error.message, /downgrade: not measured: no fresh backup was taken/);
    const went = await rollback(site, "--no-safety-backup", "--via", "downgrade", "--yes");
    assert.equal(went.code, 0, went.said);
    assert.deepEqual([went.report.backup, await site.state()], [null, "aaaa1: users"]);
  });
});

Deno.test("rollback takes back what an upgrade applied before it failed", async (t) => {
  await using site = await Site.open();
  const third = { id: "cccc3", down: "bbbb2" };

  await t.step("as the hint of the upgrade says", async () => {
    const breaks = { ...third, upgrade: ["op.execute('select 1/0')"] };
    await site.reset([FIRST, ADDRESS, breaks]);
    await site.startApp();
    const args = ["--rehearsal", "none", "--yes"];
    assert.equal((await site.run("upgrade", "aaaa1", ...args)).code, 0);
    const { code, said } = await site.run("upgrade", "head", ...args);
    assert.equal(code, 6, said);
    assert.match(said, /oakum upgrade head; or go back to aaaa1: oakum rollback\./);
    assert.equal(await site.state(), "bbbb2: users");
    const back = await rollback(site, "--yes");
    assert.equal(back.code, 0, back.said);
    assert.deepEqual([back.report.from, back.report.to], [["bbbb2"], ["aaaa1"]]);
    assert.equal(await site.state(), "aaaa1: users");
  });

  await t.step("also where one of them cannot be undone, with the upgrade's backup", async () => {
    await site.reset([FIRST, { ...ADDRESS, downgrade: ["raise NotImplementedError()"] }, {
      ...third,
      upgrade: ["op.execute('select 1/0')"],
    }]);
    const args = ["--rehearsal", "none", "--yes"];
    assert.equal((await site.run("upgrade", "aaaa1", ...args)).code, 0);
    const { code, said } = await site.run("upgrade", "head", ...args);
    assert.equal(code, 6, said);
    assert.match(said, /or go back to aaaa1: oakum rollback\./);
    const down = await site.run("downgrade", "-1", "--yes");
    assert.deepEqual([down.code, down.error?.code], [4, "no-downgrade"]);
    assert.match(down.said, /oakum rollback --via restore/);
    const back = await rollback(site, "--yes");
    assert.deepEqual([back.code, back.report?.way], [0, "restore"], back.said);
    assert.equal(await site.state(), "aaaa1: users");
  });

  await t.step(
    "and refuses where the version table names what the scripts do not have",
    async () => {
      await site.ask("update alembic_version set version_num = 'deadbeef0000'");
      for (const more of [["--dry-run"], ["--to", "aaaa1", "--dry-run"]]) {
        const { code, error, said } = await rollback(site, ...more);
        assert.deepEqual([code, error?.code], [4, "unknown-current-revision"], said);
        assert.match(error.hint, /oakum doctor --locate/);
      }
    },
  );
});

Deno.test("rollback takes back all that one upgrade applied", async (t) => {
  await using site = await Site.open();
  await site.reset([FIRST, ADDRESS]);
  await site.startApp();

  await t.step("and counts what was written into its tables", async () => {
    const { code, said } = await site.run("upgrade", "head", "--yes");
    assert.equal(code, 0, said);
    await site.ask("insert into users values (21, 'new'), (22, 'newer')");
    const refused = await rollback(site, "--yes");
    assert.deepEqual([refused.code, refused.error.code], [4, "rollback-costs"], refused.said);
    const losses = refused.error.message.match(/2 rows of public\.users/g);
    assert.equal(losses?.length, 2, refused.error.message);
    await site.ask("delete from users where id > 20");
  });

  await t.step("past a downgrade that does not end on the copy", async () => {
    await Deno.writeTextFile(`${site.stack.folder}/oakum.yaml`, "rehearsal:\n  timeout: 15s\n");
    const hangs = ['op.execute("select pg_sleep(600)")', ...ADDRESS.downgrade ?? []];
    await writeRevision(site.project, { ...ADDRESS, downgrade: hangs });
    const { code, said, report } = await rollback(site, "--yes");
    assert.equal(code, 0, said);
    assert.deepEqual([report.way, report.to, await site.state()], ["restore", [], ":"]);
    assert.deepEqual(report.revisions.map(({ id }) => id), ["bbbb2", "aaaa1"]);
    assert.ok(report.warnings.some((text) => /^bbbb2 was applied .* file was changed/.test(text)));
    const why = "the downgrade of bbbb2 did not end within 15.0 s.";
    assert.equal(report.prices.downgrade.why, why);
  });
});
