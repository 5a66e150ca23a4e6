import assert from "node:assert/strict";
import type { RollbackReport } from "../../src/reports/rollback.ts";
import { Site } from "./migrate/cli.ts";
import type { RevisionFile } from "./migrate/project.ts";

/** Users, then an address for each of them that the upgrade fills in where it can. */
const FIRST: RevisionFile = {
  id: "aaaa1",
  upgrade: [
    'op.execute("create table users (id int primary key, name text not null)")',
    `op.execute("insert into users select n, 'user ' || n from generate_series(1, 20) n")`,
  ],
  downgrade: ['op.execute("drop table users")'],
};
const ADDRESS: RevisionFile = {
  id: "bbbb2",
  down: "aaaa1",
  doc: "Keep addresses",
  upgrade: [
    'op.execute("alter table users add address text")',
    `op.execute("update users set address = 'unknown' where id <= 10")`,
  ],
  downgrade: ['op.execute("alter table users drop address")'],
};

/** What a rollback ended with: its exit code, and the last thing that it said. */
interface Ended {
  readonly code: number;
  readonly said: string;
  readonly report: Omit<RollbackReport, "kind">;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

async function rollback(site: Site, ...args: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await site.start("rollback", ...args).ended();
  const last = JSON.parse(stdout.trim().split("\n").at(-1) || "{}");
  return { code, said: stdout + stderr, report: last.report, error: last.error };
}

async function upgraded(site: Site, second: RevisionFile = ADDRESS): Promise<void> {
  await site.reset([FIRST, second]);
  await site.startApp();
  for (const to of ["aaaa1", "bbbb2"]) {
    const { code, said } = await site.run("upgrade", to, "--yes");
    assert.equal(code, 0, said);
  }
}

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
    const wrapped = (await site.journal()).filter(({ operation }) => operation === "rollback");
    assert.deepEqual(wrapped.map(({ kind, step }) => `${kind} ${step}`), [
      "intent downgrade",
      "outcome downgrade",
    ]);
    assert.equal(await site.openSteps(), 0);
  });
});
