import assert from "node:assert/strict";
import { appService, dbService, Stage } from "./rehearse/stage.ts";

Deno.test("a revision that is not there must be refused before anything is made for it", async (t) => {
  await using stage = await Stage.open({
    services: { db: await dbService(), web: await appService() },
  });

  for (const app of ["runs", "is stopped"]) {
    await t.step(`where the app ${app}`, async () => {
      if (app === "is stopped") await stage.compose("stop", "web");
      const { error, said } = await stage.rehearse("nowhere");
      assert.equal(error?.code, "unknown-revision", said);
      assert.match(error.message, /nowhere/);
      assert.doesNotMatch(said, /"step":"(sandbox|dump)"/);
    });
  }

  await t.step("and one that is there rehearsed, also where the app cannot be asked", async () => {
    await stage.compose("start", "web");
    await stage.compose("pause", "web");
    const { revisions } = await stage.rehearses(0, "bbbb");
    assert.deepEqual(revisions.map(({ revision }) => revision), ["bbbb2"]);
  });
});
