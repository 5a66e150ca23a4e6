import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { psql, TestStack } from "../docker/stack.ts";
import { oakum } from "./program.ts";

const stack = await TestStack.create();
const password = ["--env", "POSTGRES_PASSWORD=p", "--env", "POSTGRES_DB=shop"];
const cwd = stack.folder;
const db = await stack.addServer("db", { options: password });
await psql(db, "postgres", "create table items as select generate_series(1, 100) as id", [
  "-d",
  "shop",
]);
for (const name of ["Odd Name/1", "shop__mine"]) {
  await psql(db, "postgres", `create database "${name}"`);
}
await psql(db, "postgres", "alter database shop__mine set oakum.run to 'dead0'");
await psql(db, "postgres", "alter database shop__mine set oakum.purpose to 'restore'");
await psql(db, "postgres", "alter database shop__mine set oakum.of to 'shop'");
await psql(db, "postgres", "alter database shop__mine set oakum.at to '2026-11-22T14:00:00Z'");

Deno.test.afterAll(() => stack[Symbol.asyncDispose]());

interface All {
  readonly taken: { manifest: { target: { database: string }; note?: string } }[];
  readonly planned: { target: { database: string } }[];
  readonly failed: { service: string; database: string | null; code: string }[];
}

async function backUpAll(...args: string[]): Promise<{ code: number; report: All }> {
  const line = ["-p", stack.project, "backup", "--all", "--json", "--quiet", ...args];
  const { code, stdout } = await oakum(line, { cwd });
  return { code, report: JSON.parse(stdout) as All };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("backup --dry-run says what it would do, and writes nothing", async () => {
  const { code, stdout } = await oakum(["backup", "--dry-run", "--json", "--quiet"], { cwd });
  assert.equal(code, 0);
  const plan = JSON.parse(stdout);
  assert.deepEqual([plan.kind, plan.target.database, plan.previous], ["backup-plan", "shop", null]);
  assert.ok(plan.databaseBytes > 0 && plan.freeBytes > 0);
  const { report } = await backUpAll("--dry-run");
  assert.deepEqual(report.planned.map(({ target }) => target.database), ["Odd Name/1", "shop"]);
  assert.equal(await exists(`${cwd}/backups`), false);
});

Deno.test("backup --all takes every database but an unused postgres and oakum's own", async () => {
  const { code, report } = await backUpAll("--note", "before the fair");
  assert.equal(code, 0);
  const taken = report.taken.map(({ manifest: { target, note } }) => [target.database, note]);
  assert.deepEqual(taken, [["Odd Name/1", "before the fair"], ["shop", "before the fair"]]);
  const { stdout } = await oakum(["backups"], { cwd });
  assert.match(stdout, /^db_backup_.*\tbefore the fair$/m);
});

Deno.test("backup --all goes on where a server is down, and ends with 3", async () => {
  const other = await stack.addServer("other", { options: password });
  await output(["docker", "stop", "--time", "1", other]);
  try {
    const { code, report } = await backUpAll();
    assert.equal(code, 3);
    assert.equal(report.taken.length, 2);
    const [failure] = report.failed;
    assert.deepEqual(
      [failure?.service, failure?.database, failure?.code],
      ["other", null, "database-not-running"],
    );
    const only = await backUpAll("--database", "other");
    assert.deepEqual([only.code, only.report.taken], [1, []]);
    const one = await backUpAll("--database", "db/shop");
    assert.equal(one.code, 0);
    assert.deepEqual(one.report.taken.map(({ manifest }) => manifest.target.database), ["shop"]);
  } finally {
    await stack.remove("other");
  }
});

Deno.test("backup --all of several stacks refuses to guess a folder, and names them", async () => {
  await using other = await TestStack.create();
  await other.add("db", "postgres17", { start: false });
  const { code, stdout } = await oakum(["backup", "--all", "--json", "--quiet"], { cwd });
  assert.equal(code, 4);
  const { error } = JSON.parse(stdout);
  assert.equal(error.code, "no-backup-dir");
  assert.ok([stack, other].every(({ project }) => error.data.projects.includes(project)));
});
