import assert from "node:assert/strict";
import type { RollbackReport } from "../../../src/reports/rollback.ts";
import type { Site } from "./cli.ts";
import type { RevisionFile } from "./project.ts";

/** Users, then an address for each of them that the upgrade fills in where it can. */
export const FIRST: RevisionFile = {
  id: "aaaa1",
  upgrade: [
    'op.execute("create table users (id int primary key, name text not null)")',
    `op.execute("insert into users select n, 'user ' || n from generate_series(1, 20) n")`,
  ],
  downgrade: ['op.execute("drop table users")'],
};
/** The last upgrade. */
export const ADDRESS: RevisionFile = {
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
export interface Ended {
  readonly code: number;
  readonly said: string;
  readonly report: Omit<RollbackReport, "kind">;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

/** Runs `oakum rollback` to its end. */
export async function rollback(site: Site, ...args: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await site.start("rollback", ...args).ended();
  const last = JSON.parse(stdout.trim().split("\n").at(-1) || "{}");
  return { code, said: stdout + stderr, report: last.report, error: last.error };
}

/** Upgrades a new database twice, so that the second one is the last. */
export async function upgraded(site: Site, second: RevisionFile = ADDRESS): Promise<void> {
  await site.reset([FIRST, second]);
  await site.startApp();
  for (const to of ["aaaa1", "bbbb2"]) {
    const { code, said } = await site.run("upgrade", to, "--yes");
    assert.equal(code, 0, said);
  }
}
