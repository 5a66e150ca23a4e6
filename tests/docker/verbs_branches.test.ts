import assert from "node:assert/strict";
import { checkApp } from "../../src/operations/doctor/app.ts";
import { heads } from "../../src/operations/heads.ts";
import { merge } from "../../src/operations/merge.ts";
import { startApp, type TestApp } from "./verbs/app.ts";
import type { RevisionFile } from "./verbs/project.ts";

const BASE: RevisionFile = {
  id: "aaaa1111",
  doc: "hang paintings",
  upgrade: `op.create_table("paintings", sa.Column("id", sa.Integer, primary_key=True))`,
};
const FRAMES: RevisionFile = {
  id: "bbbb2222",
  doc: "frame them",
  down: ["aaaa1111"],
  upgrade: `op.add_column("paintings", sa.Column("frame", sa.Text))`,
};
/** Also adds a frame, in SQL. */
const FRAMES_TOO: RevisionFile = {
  id: "cccc3333",
  doc: "frame them in gold",
  down: ["aaaa1111"],
  upgrade: `op.execute("alter table public.paintings add column frame text")`,
};
const SCULPTURES: RevisionFile = {
  id: "dddd4444",
  doc: "carve sculptures",
  down: ["aaaa1111"],
  upgrade: `op.create_table("sculptures", sa.Column("id", sa.Integer, primary_key=True))`,
};
const SAID = "Column paintings.frame is added by both bbbb2222 and cccc3333, as far as their " +
  "SQL tells.";

async function branchesOf({ context, migrator }: TestApp) {
  return (await heads(context, migrator, { app: "web", resolveDependencies: false })).branches;
}

async function severalHeads(app: TestApp) {
  const { context, place, migrator, database, dir, target } = app;
  const known = {
    target: place.database,
    sql: place.session.sql(database.name),
    journal: { dir, target },
  };
  const about = { service: "web", newerImage: undefined, locates: false, database: known };
  const found = await checkApp(migrator, about, context.signal);
  return found.find(({ name }) => name === "several-heads");
}

function mergeOf(app: TestApp) {
  const order = {
    revisions: [],
    message: undefined,
    branchLabel: undefined,
    revId: undefined,
  };
  const request = { app: "web", root: app.folder, person: undefined, dryRun: true };
  return merge(app.context, app, { ...request, order });
}

Deno.test("two branches that add the same column", async (t) => {
  await using app = await startApp({ revisions: [BASE, FRAMES, FRAMES_TOO] });

  await t.step("heads must name the conflict, the ancestor and what is on each", async () => {
    const found = await branchesOf(app);
    assert.deepEqual(found?.commonAncestors, [{ id: "aaaa1111", doc: "hang paintings" }]);
    assert.deepEqual(found.branches.map(({ revisions }) => revisions.map(({ id }) => id)), [
      ["bbbb2222"],
      ["cccc3333"],
    ]);
    const [conflict, ...others] = found.conflicts;
    assert.deepEqual([conflict?.level, conflict?.table, conflict?.column], [
      "clash",
      "paintings",
      "frame",
    ]);
    assert.deepEqual([others, found.unread], [[], []]);
    assert.equal(found.merge, "oakum merge bbbb2222 cccc3333");
  });

  await t.step("an upgrade to head must be refused with the conflict in its words", async () => {
    await assert.rejects(app.upgrade("head"), (error: Error & { hint?: string }) => {
      assert.match(error.message, /^There are 2 heads: .*\nThey part at aaaa1111/);
      assert.ok(error.message.includes(`\n${SAID}\n`), error.message);
      assert.match(error.hint ?? "", /oakum merge bbbb2222 cccc3333/);
      return true;
    });
  });

  await t.step("doctor must name it, with the command that joins them", async () => {
    const check = await severalHeads(app);
    assert.equal(check?.mend, "oakum merge bbbb2222 cccc3333");
    assert.ok(check.text.includes(SAID), check.text);
  });

  await t.step("merge must name it in its plan", async () => {
    const { branches } = await mergeOf(app);
    assert.deepEqual(branches?.conflicts.map(({ column }) => column), ["frame"]);
  });

  await t.step("and the server must refuse the second one indeed", async () => {
    await assert.rejects(app.upgrade("heads"), /column "frame".* already exists/);
  });
});

Deno.test("two branches that touch different tables must be in no conflict", async () => {
  await using app = await startApp({ revisions: [BASE, FRAMES, SCULPTURES] });
  const found = await branchesOf(app);
  assert.deepEqual([found?.conflicts, found?.unread], [[], []]);
  const { branches } = await mergeOf(app);
  assert.deepEqual(branches?.conflicts, []);
  await app.upgrade("heads");
});
