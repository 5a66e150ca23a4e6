import assert from "node:assert/strict";
import { Site } from "./migrate/cli.ts";
import { ADDRESS, rollback, upgraded } from "./migrate/rollback.ts";

Deno.test("rollback stops where what it measured is not so any more", async (t) => {
  await using site = await Site.open();
  await upgraded(site);

  await t.step("somebody writes into what it would drop while it measures", async () => {
    const running = site.start("rollback", "--yes");
    assert.ok(await running.reaches("price"));
    await site.ask("update users set address = 'mine' where id = 3");
    const { code, stdout } = await running.ended();
    const { error } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    assert.deepEqual([code, error.code], [4, "written-meanwhile"], stdout);
    assert.match(error.message, /public\.users has 1 rows that somebody else wrote/);
    assert.equal(await site.state(), "bbbb2: users");
    await site.ask("update users set address = 'unknown' where id = 3");
  });

  await t.step(
    "somebody writes what the downgrade would take, and it has not met yet",
    async () => {
      const downgrade = [
        'op.execute("alter table users drop address")',
        `op.execute("delete from notes where author = 'guest'")`,
      ];
      await upgraded(site, { ...ADDRESS, downgrade });
      await site.ask("create table notes (author text, note text)");
      const running = site.start("rollback", "--yes");
      assert.ok(await running.reaches("price"));
      await site.ask("insert into notes values ('guest', 'hello')");
      const { code, stdout } = await running.ended();
      const { error } = JSON.parse(stdout.trim().split("\n").at(-1)!);
      assert.deepEqual([code, error.code], [4, "written-meanwhile"], stdout);
      assert.match(error.message, /public\.notes has 1 rows that somebody else wrote/);
      assert.equal(await site.ask("select note from notes"), "hello");
    },
  );

  await t.step("somebody writes while the backup is loaded", async () => {
    const downgrade = ['raise RuntimeError("by design")'];
    await upgraded(site, { ...ADDRESS, downgrade });
    const running = site.start("rollback", "--yes");
    assert.ok(await running.reaches("create"));
    await site.ask("insert into users values (21, 'new')");
    const { code, stdout } = await running.ended();
    const { error } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    assert.deepEqual([code, error.code], [5, "written-meanwhile"], stdout);
    assert.match(error.message, /public\.users has 1 rows that somebody else wrote/);
    assert.equal(await site.state(), "bbbb2: users");
    assert.equal(await site.ask("select name from users where id = 21"), "new");
    const databases = "select count(*) from pg_database where datname ~ '^shop'";
    assert.equal(await site.ask(databases), "1", "the loaded copy is still there");
  });

  await t.step("an upgrade whose end was not written down is known to a dry run too", async () => {
    await upgraded(site);
    const path = `${site.backups}/${site.stack.project}/db.shop/journal.jsonl`;
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    const last = lines.findLastIndex((line) => line.includes('"outcome"') && /apply/.test(line));
    await Deno.writeTextFile(path, lines.toSpliced(last, 1).join("\n") + "\n");
    const before = await site.openSteps();
    assert.ok(before > 0);
    const { code, said, report } = await rollback(site, "--dry-run");
    assert.equal(code, 0, said);
    assert.deepEqual([report.from, report.to], [["bbbb2"], ["aaaa1"]]);
    assert.ok(report.warnings.some((text) => /did not see the end of its upgrade/.test(text)));
    assert.equal(await site.openSteps(), before);
  });

  await t.step("a copy that has no room in memory leaves the choice to a person", async () => {
    await Deno.writeTextFile(`${site.stack.folder}/oakum.yaml`, "rehearsal:\n  memory: 16MB\n");
    const refused = await rollback(site, "--yes");
    assert.deepEqual([refused.code, refused.error.code], [4, "rollback-costs"], refused.said);
    assert.match(
      refused.error.message,
      /downgrade: not measured: .*\nrestore of \S+: not measured/,
    );
    const went = await rollback(site, "--via", "downgrade", "--yes");
    assert.equal(went.code, 0, went.said);
    assert.equal(went.report.prices.downgrade.verdict, "unknown");
    assert.equal(await site.state(), "aaaa1: users");
    await Deno.remove(`${site.stack.folder}/oakum.yaml`);
  });
});

Deno.test("rollback leaves nothing behind", async (t) => {
  await using site = await Site.open();
  await upgraded(site, ADDRESS);
  const app = `${site.stack.project}-web-1`;

  for (const [signal, code] of [["SIGINT", 130], ["SIGKILL", 137]] as const) {
    await t.step(`of a run that ${signal} ends while it measures`, async () => {
      const running = site.start("rollback", "--yes");
      assert.ok(await running.reaches("price"));
      running.kill(signal);
      const ended = await running.ended();
      assert.equal(ended.code, code, ended.stdout);
      if (signal === "SIGINT") assert.match(ended.stdout, /Nothing was rolled back/);
      assert.equal(await site.state(), "bbbb2: users");
      await site.untilNothingIsLeft(app);
      assert.equal(await site.openSteps(), 0);
    });
  }
});
