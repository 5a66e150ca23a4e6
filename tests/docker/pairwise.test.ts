import assert from "node:assert/strict";
import type { RestoreReport } from "../../src/reports/restore.ts";
import type { StatusReport } from "../../src/reports/status.ts";
import type { VerifyReport } from "../../src/reports/verify.ts";
import { settles } from "./polling.ts";
import { type Row, ROWS } from "./pairwise/rows.ts";
import { Site } from "./pairwise/site.ts";

const YES = "--yes";
const PROVIDER = "SELECT datlocprovider FROM pg_database WHERE datname = current_database()";

Deno.test("every pair of a server's major, image and locale stands in a row", () => {
  const factors = ["major", "image", "locale"] as const;
  for (const one of factors) {
    for (const other of factors.filter((factor) => factor !== one)) {
      assert.equal(new Set(ROWS.map((row) => `${row[one]} ${row[other]}`)).size, 4);
    }
  }
});

for (const row of ROWS) {
  const { major, image, locale, names, app } = row;
  const title = `PostgreSQL ${major} like ${image}'s, ${locale}, ${names} names, ${app}`;
  Deno.test(`a stack is migrated, backed up and brought back: ${title}`, async (t) => {
    await using site = await Site.open(row);
    await migrate(t, site, row);
    await bringBack(t, site);
    await t.step("nothing is left beside the server, and it never crashed", async () => {
      await settles(async () => assert.equal(await site.helpers(), ""));
      assert.equal(await site.hasCrashed(), false);
    });
  });
}

async function migrate(t: Deno.TestContext, site: Site, row: Row): Promise<void> {
  await t.step("status", async () => {
    const { database, app, revision } = await site.report<StatusReport>("status");
    assert.equal(database.name, site.names.database);
    assert.equal(parseInt(database.server), row.major);
    assert.equal(app?.service, "studio");
    assert.equal(revision?.pending.length, 2);
    assert.equal(await site.sql(PROVIDER), row.locale === "icu" ? "i" : "c");
  });

  await t.step("upgrade", async () => {
    await site.type(["upgrade", YES]);
    assert.equal(await site.sql("SELECT version_num FROM alembic_version"), "bbbb2222");
  });

  await t.step("psql", async () => {
    const rows = "VALUES ('Ö'), ('O'), ('Z'), ('o'), ('Å')";
    await site.type(["psql", "--", "-c", `INSERT INTO paintings (title) ${rows}`]);
    await site.type(["psql", "--", "-c", "CREATE INDEX ON paintings (title)"]);
    assert.equal((await site.titles()).split(" ").length, 5);
  });
}

async function bringBack(t: Deno.TestContext, site: Site): Promise<void> {
  const titles = await site.titles();
  const provider = await site.sql(PROVIDER);

  await t.step("backup and verify --restore", async () => {
    await site.type(["backup", "--verify", "read"]);
    const { verified } = await site.report<VerifyReport>("verify", "--restore");
    assert.deepEqual(verified.map(({ level, findings }) => [level, findings]), [["restore", []]]);
  });

  await t.step("restore", async () => {
    await site.sql("DELETE FROM paintings WHERE title <> 'Z'");
    const { warnings } = await site.report<RestoreReport>("restore", YES);
    assert.deepEqual(warnings, []);
    assert.equal(await site.titles(), titles);
    assert.equal(await site.sql(PROVIDER), provider);
  });

  await t.step("restore --undo", async () => {
    await site.type(["restore", "--undo", YES]);
    assert.equal(await site.titles(), "Z");
  });

  await t.step("downgrade", async () => {
    await site.type(["downgrade", "-1", "--backup", "none", YES]);
    assert.equal(await site.sql("SELECT version_num FROM alembic_version"), "aaaa1111");
    assert.equal(await site.titles(), "Z");
  });
}
