import assert from "node:assert/strict";
import { appService, dbService, Stage, TWO } from "./rehearse/stage.ts";
import { table } from "./migrate/project.ts";

/** A table that nothing can be loaded into but in years, in a sandbox; elsewhere it takes no time. */
const ENDLESS = `
  create function patient(n int) returns bool language sql as $$
    select pg_sleep(case when current_setting('oakum.sandbox', true) is null then 0 else 1e9 end)
      is not null $$;
  create table waits (n int check (public.patient(n)));
  insert into waits values (1)`;

Deno.test("what is wrong with the revisions must be told before the data is loaded", async (t) => {
  await using stage = await Stage.open({
    services: { db: await dbService(), web: await appService() },
  });
  await stage.ask(ENDLESS);

  await t.step("a revision that is not there", async () => {
    const { code, message, hint } = await stage.fails("nowhere");
    assert.equal(code, "unknown-revision", message);
    assert.match(`${message} ${hint}`, /nowhere/);
  });

  await t.step("a history with a hole", async () => {
    await stage.write({
      services: { db: await dbService(), web: await appService() },
      revisions: [...TWO, table("dddd4", "cccc3", "cherries")],
    });
    const { code, message } = await stage.fails();
    assert.equal(code, "missing-parent", message);
  });

  await t.step("nothing must be left", async () => {
    assert.deepEqual((await stage.helpers()).names, []);
  });
});
