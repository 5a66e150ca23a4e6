import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { ensureBase } from "../../docker/base.ts";
import { output, run } from "../../docker/command.ts";
import { CHECKOUT } from "../docker/fixtures.ts";
import { eventually } from "../docker/polling.ts";
import { TestStack } from "../docker/stack.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const IMAGE = `oakum-test/oakum:${CHECKOUT}`;
const SOCKET = "/var/run/docker.sock";

/** The image of the program that `OAKUM_BIN` names; a build that has nothing new to do is quick. */
async function buildImage(): Promise<string> {
  const program = Deno.env.get("OAKUM_BIN") ?? "";
  assert.ok(program.startsWith(`${ROOT}build/oakum`), "OAKUM_BIN is to be build/oakum…");
  const base = await ensureBase("trixie", console.error);
  const args = [`BASE=${base}`, `BINARY=${program.slice(ROOT.length)}`];
  await output([
    ...["docker", "build", "--file", `${ROOT}docker/Dockerfile`, "--tag", IMAGE],
    ...args.flatMap((arg) => ["--build-arg", arg]),
    ROOT,
  ]);
  return IMAGE;
}

/** A stack with a database, as Compose would have started it. */
async function startStack(): Promise<TestStack> {
  const stack = await TestStack.create();
  await stack.addServer("db", { options: ["--env", "POSTGRES_PASSWORD=of the test"] });
  return stack;
}

/** `docker run` with the socket, the stack's folder and a place for backups, as Dockerfile has it. */
function runOptions(stack: TestStack): string[] {
  const { folder } = stack;
  return [
    "--volume",
    `${SOCKET}:${SOCKET}`,
    "--volume",
    `${folder}:${folder}`,
    "--workdir",
    folder,
  ];
}

Deno.test("the image runs oakum, as root and as a user that it does not know", async () => {
  const image = await buildImage();
  const version = await output(["docker", "run", "--rm", image, "--version"]);
  assert.match(version, /^oakum \d+\.\d+\.\d+ \([0-9a-f]{12}(-dirty)?\)$/);
  const asUser = ["docker", "run", "--rm", "--user", "12345:12345", image, "--version"];
  assert.equal(await output(asUser), version);
});

Deno.test("oakum in the image backs up the stack whose folder it works in", async () => {
  const image = await buildImage();
  await using stack = await startStack();
  const oakum = ["docker", "run", "--rm", ...runOptions(stack), image];
  assert.match(await output([...oakum, "status"]), new RegExp(stack.project));
  await output([...oakum, "backup"]);
  const folder = `${stack.folder}/backups/${stack.project}/db.postgres`;
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  assert.ok(names.some((name) => /^db_backup_\d{8}_\d{6}\.dump$/.test(name)), names.join());
});

Deno.test("docker stop ends a backup in the image, and nothing of it is left", async () => {
  const image = await buildImage();
  await using stack = await startStack();
  const database = `${stack.project}-db-1`;
  const psql = ["docker", "exec", database, "psql", "-XAtqU", "postgres", "-c"];
  await output([...psql, "CREATE TABLE held (n int)"]);
  const locked = run([...psql, "BEGIN; LOCK held; SELECT pg_sleep(600)"]);
  const name = `oakum-test-${randomBytes(4).toString("hex")}`;
  await output([
    "docker",
    "run",
    "--detach",
    "--name",
    name,
    ...runOptions(stack),
    image,
    "backup",
  ]);
  try {
    const waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'oakum/%'" +
      " AND wait_event_type = 'Lock'";
    await eventually(async () => assert.equal(await output([...psql, waiting]), "1"));
    await output(["docker", "stop", "--time", "30", name]);
    const code = await output(["docker", "inspect", "--format", "{{.State.ExitCode}}", name]);
    assert.equal(code, "130", await output(["docker", "logs", name]));
    await assertNothingLeft(stack, psql);
  } finally {
    await run(["docker", "rm", "--force", name]);
    await output([
      ...psql,
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE mode LIKE 'AccessEx%'",
    ]);
    await locked;
  }
});

async function assertNothingLeft(stack: TestStack, psql: readonly string[]): Promise<void> {
  const { stdout } = await run([
    "docker",
    "inspect",
    "--format",
    "{{.Id}}",
    `${stack.project}-db-1`,
  ]);
  const sidecars = [
    "docker",
    "ps",
    "--all",
    "--quiet",
    "--filter",
    `label=oakum.of=${stdout.trim()}`,
  ];
  await eventually(async () => assert.equal(await output(sidecars), ""));
  const sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'oakum/%'";
  await eventually(async () => assert.equal(await output([...psql, sessions]), "0"));
  const folder = `${stack.folder}/backups/${stack.project}/db.postgres`;
  const files = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  assert.deepEqual(files.map(({ name }) => name).filter((name) => name.includes("db_backup")), []);
}
