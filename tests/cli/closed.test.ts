import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { MIGRATIONS, TestStack } from "../docker/stack.ts";
import { oakum } from "./program.ts";

const stack = await TestStack.create();
const cwd = stack.folder;
const names = ["--env", "POSTGRES_PASSWORD=s3cret", "--env", "POSTGRES_DB=shop"];
const db = await stack.addServer("db", { options: names });
const url = "DATABASE_URL=postgresql+psycopg://postgres:s3cret@db/shop";
const code = ["--volume", `${MIGRATIONS}:/srv/app/migrations:ro`, "--workdir", "/srv/app"];
await stack.add("web", "app", { options: [...code, "--env", url], command: ["sleep", "infinity"] });
assert.equal((await oakum(["backup", "--verify", "none", "--quiet"], { cwd })).code, 0);
await output(["docker", "stop", "--time", "5", db]);

Deno.test.afterAll(() => stack[Symbol.asyncDispose]());

Deno.test("status of a stopped database says so on one screen, and what to do next", async () => {
  const { code, stdout, stderr } = await oakum(["status"], { cwd });
  assert.deepEqual([code, stderr], [4, ""]);
  assert.match(stdout, new RegExp(`^stack\t${stack.project} `, "m"));
  assert.match(stdout, new RegExp(`^database\tdb, container ${db}: exited$`, "m"));
  assert.match(stdout, new RegExp(`^next\tStart it: docker start ${db}$`, "m"));
  assert.match(stdout, /^app\tweb$/m);
  assert.match(stdout, /^last backup\tshop: 20\d\d-.*, not verified$/m);
});

Deno.test("status --json of a stopped database has no database, and a problem", async () => {
  const { code, stdout } = await oakum(["status", "--json"], { cwd });
  const { kind, database, problem, servers, backups } = JSON.parse(stdout);
  assert.deepEqual([code, kind, database], [4, "status", null]);
  assert.deepEqual([problem.code, servers[0].state], ["database-not-running", "exited"]);
  assert.equal(backups.targets[0].backups.length, 1);
  assert.doesNotMatch(stdout, /s3cret/);
});

Deno.test("backups lists what there is while the database is down", async () => {
  const { code, stdout, stderr } = await oakum(["backups"], { cwd });
  assert.equal(code, 0);
  assert.match(stdout, /^db_backup_\d{8}_\d{6}\t/);
  assert.match(stderr, /^warning: The database container .* is not running[^]*docker start/);
});

Deno.test("backups --dir lists what there is while there is no Docker", async () => {
  const env = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };
  const { code, stdout, stderr } = await oakum(["backups", "--dir", "backups"], { cwd, env });
  assert.equal(code, 0);
  assert.match(stdout, /^db_backup_\d{8}_\d{6}\t/);
  assert.match(stderr, /^warning: .*everything in the folder/);
  assert.equal((await oakum(["backups"], { cwd, env })).code, 12);
});
