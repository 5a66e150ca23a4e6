import assert from "node:assert/strict";
import { join } from "node:path";
import { lockFolder } from "../../../src/backups/lock.ts";
import { readJournal } from "../../../src/backups/journal_read.ts";
import { prepareFolder } from "../../../src/backups/folder.ts";
import { Journal } from "../../../src/backups/journal.ts";
import { JOURNAL } from "../../../src/backups/names.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { systemClock } from "../../../src/core/time.ts";
import { measuredBy } from "../../../src/operations/rollback/measured_by.ts";
import { findWayBack } from "../../../src/operations/rollback/way.ts";
import { auction, graphOf } from "../alembic/graphs.ts";
import { type Sample, store } from "../backups/support.ts";

const target = { project: "shop", service: "db", database: "shop" };

Deno.test("findWayBack() refuses a revision that the scripts do not have", async () => {
  const search = { dir: "/nowhere", target, unwritten: [], now: new Date() };
  for (const to of [undefined, "aaa111"]) {
    await assert.rejects(
      findWayBack(graphOf(auction), ["deadbeef0000"], { ...search, to }),
      (error) => {
        assert.ok(error instanceof OakumError);
        assert.deepEqual([error.code, error.outcome], ["unknown-current-revision", "refused"]);
        assert.match(error.message, /revision deadbeef0000, which the scripts do not have/);
        assert.match(error.hint ?? "", /older than the schema.*oakum doctor --locate$/);
        return true;
      },
    );
  }
});

Deno.test("measuredBy() is the last upgrade's rollback, or the one to the same place", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const folder = await prepareFolder(dir, target);
    const journal = new Journal(folder, "run1", systemClock);
    const data = { revision: "ccc333", from: ["bbb222"], to: ["ccc333"] };
    const intent = await journal.begin("upgrade", "apply", data);
    await intent.end(true);
    assert.equal((await readJournal(join(folder, JOURNAL))).entries.length, 2);
    const from = { dir, target, from: ["ccc333"] };
    assert.equal(
      await measuredBy({ ...from, revision: "-1", to: ["bbb222"] }),
      "oakum rollback --dry-run",
    );
    assert.equal(
      await measuredBy({ ...from, revision: "aaa1", to: ["aaa111"] }),
      "oakum rollback --to aaa1 --dry-run",
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("findWayBack() restores nothing that was adopted or says it is from the future", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const path = await prepareFolder(dir, target);
    const run = { run: "run1", command: "backup", pid: Deno.pid, clock: systemClock };
    const table = { schema: "public", name: "alembic_version" };
    const migrations = { tool: "alembic" as const, table, revisions: ["bbb222"] };
    const take = async (takenAt: string, more: Sample["facts"] = {}) => {
      await using folder = await lockFolder(path, run);
      return (await store(folder, { takenAt, facts: { target, migrations, ...more } })).id;
    };
    const search = { dir, target, unwritten: [], to: "bbb222" };
    const found = async () => {
      const now = new Date("2026-11-29T12:00:00Z");
      const { restore } = await findWayBack(graphOf(auction), ["ccc333"], { ...search, now });
      return "can" in restore ? restore.can.id : restore.cannot;
    };
    await take("2026-11-28T03:00:00Z", { adopted: { file: "old.sql", writtenAt: null } });
    await take("2099-01-01T00:00:00Z");
    assert.equal(await found(), "there is no good backup at bbb222.");
    const own = await take("2026-11-20T03:00:00Z", { reason: "before upgrade ccc333" });
    assert.equal(await found(), own);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
