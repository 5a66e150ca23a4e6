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
