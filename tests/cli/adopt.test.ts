import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { psql, TestStack } from "../docker/stack.ts";
import { oakum } from "./program.ts";

const stack = await TestStack.create();
const password = ["--env", "POSTGRES_PASSWORD=p", "--env", "POSTGRES_DB=shop"];
const cwd = stack.folder;
const db = await stack.addServer("db", { options: password });
const rows = "create table items as select generate_series(1, 100) as id";
await psql(db, "postgres", rows, ["-d", "shop"]);
const script = await output(["docker", "exec", db, "pg_dump", "-U", "postgres", "shop"]);
await Deno.writeTextFile(`${cwd}/db_backup_20240229_031500.sql`, script);
await Deno.writeTextFile(`${cwd}/cut.sql`, script.slice(0, script.length / 2));

Deno.test.afterAll(() => stack[Symbol.asyncDispose]());

function inServer(program: string, ...args: string[]): string[] {
  return ["docker", "exec", db, program, "-U", "postgres", ...args];
}

async function adopt(...args: string[]) {
  const { code, stdout, stderr } = await oakum(["adopt", "--json", "--quiet", ...args], { cwd });
  return { code, report: JSON.parse(stdout), stderr };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("adopt --dry-run says what each file is, and writes nothing", async () => {
  const { code, report } = await adopt("--dry-run", "db_backup_20240229_031500.sql");
  assert.equal(code, 0);
  const [plan] = report.planned;
  assert.deepEqual([plan.format, plan.scope, plan.whole], ["plain", "database", true]);
  assert.equal(new Date(plan.takenAt).getTime(), new Date("2024-02-29T03:15:00").getTime());
  assert.deepEqual(report.adopted, []);
  const cut = await adopt("--dry-run", "cut.sql");
  assert.deepEqual([cut.code, cut.report.error.code], [4, "foreign-dump-cut"]);
  assert.equal(await exists(`${cwd}/backups`), false);
});

Deno.test("restore --dry-run of a foreign file writes nothing either", async () => {
  const { code, stdout } = await oakum(
    ["restore", "db_backup_20240229_031500.sql", "--dry-run"],
    { cwd },
  );
  assert.equal(code, 0);
  assert.match(stdout, /^Would load .*\.sql into a sandbox/);
  assert.equal(await exists(`${cwd}/backups`), false);
});

Deno.test("restore FILE --into is a look, and keeps no backup of the file", async () => {
  const name = "db_backup_20240229_031500.sql";
  const args = ["restore", name, "--into", "look", "--yes", "--json"];
  const { code, stdout, stderr } = await oakum(args, { cwd });
  assert.equal(code, 0, stdout + stderr);
  const count = "select count(*) from items";
  assert.match(await output(inServer("psql", "-qAt", "-d", "look", "-c", count)), /^100$/);
  assert.match(stdout, /was only looked at, so no backup of it is kept/);
  const { stdout: listed } = await oakum(["backups", "--json"], { cwd });
  assert.deepEqual(JSON.parse(listed).targets[0].backups, []);
});

Deno.test("adopt goes on past a file that is cut, ends with 3, and keeps the note", async () => {
  const files = ["cut.sql", "db_backup_20240229_031500.sql"];
  const { code, report } = await adopt("--note", "from the old server", ...files);
  assert.equal(code, 3);
  assert.deepEqual(
    report.failed.map(({ file, code }: Record<string, string>) => [file, code]),
    [[`${cwd}/cut.sql`, "foreign-dump-cut"]],
  );
  const [{ backup: { manifest } }] = report.adopted;
  assert.deepEqual([manifest.note, manifest.tables[0].rows], ["from the old server", 100]);
  const { stdout } = await oakum(["backups"], { cwd });
  const line = /\tfrom the old server, adopted db_backup_20240229_031500\.sql$/m;
  assert.match(stdout, line);
});
