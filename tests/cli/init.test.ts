import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { MIGRATIONS, TestStack } from "../docker/stack.ts";
import { assertGolden } from "./golden.ts";
import { oakum, Terminal } from "./program.ts";

async function folder() {
  const path = await Deno.makeTempDir({ prefix: "oakum_cli_" });
  return {
    path,
    file: `${path}/oakum.yaml`,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("init writes a commented oakum.yaml, and leaves one that is there alone", async () => {
  await using at = await folder();
  const flags = [
    "-p",
    "no-such-shop",
    "--app",
    "web",
    "--database",
    "db/shop",
    "--guard",
    "backup",
  ];
  const first = await oakum(["init", ...flags], { cwd: at.path });
  assert.equal(first.code, 0);
  assert.match(first.stderr, /^warning: There is no stack "no-such-shop"/);
  assert.equal(first.stdout, `Wrote ${at.file}\n`);
  await assertGolden("init", await Deno.readTextFile(at.file));
  const second = await oakum(["init", "--guard", "none"], { cwd: at.path });
  assert.equal(second.code, 4);
  await assertGolden("init-exists", second.stderr);
});

Deno.test("init --dry-run prints what it would write", async () => {
  await using at = await folder();
  const { code, stdout } = await oakum(["init", "--dry-run", "--guard", "none"], { cwd: at.path });
  assert.equal(code, 0);
  assert.match(stdout, /^guard: none$/m);
  assert.equal(await exists(at.file), false);
});

Deno.test("init asks for the guard on a terminal", async () => {
  await using at = await folder();
  await using terminal = new Terminal("oakum init", { cwd: at.path });
  await terminal.until(/before it changes this database\?/);
  await terminal.type("\x1b[B\r");
  assert.equal(await terminal.ended(), 0);
  assert.match(await Deno.readTextFile(at.file), /^guard: backup$/m);
});

Deno.test("init writes what it finds in the folder's stack, and why", async () => {
  await using stack = await TestStack.create();
  const names = ["--env", "POSTGRES_PASSWORD=s3cret", "--env", "POSTGRES_DB=Odd: shop"];
  const db = await stack.addServer("store", { options: names });
  const url = "DATABASE_URL=postgresql+psycopg://postgres:s3cret@store/Odd%3A%20shop";
  const code = ["--volume", `${MIGRATIONS}:/srv/app/migrations:ro`, "--workdir", "/srv/app"];
  const options = [...code, "--env", url];
  await stack.add("web", "app", { options, command: ["sleep", "infinity"] });
  const cwd = stack.folder;
  const dry = await oakum(["init", "--dry-run", "--guard", "none", "--json"], { cwd });
  assert.deepEqual([dry.code, dry.stderr], [0, ""]);
  const { found, file, text } = JSON.parse(dry.stdout);
  const database = { service: "store", name: "Odd: shop" };
  assert.deepEqual([found, file], [{ project: stack.project, app: "web", database }, null]);
  assert.match(text, /^ {2}service: web {2}# /m);
  assert.match(text, /^ {2}name: "Odd: shop" {2}# DATABASE_URL of web/m);
  assert.match(text, new RegExp(`^# project: ${stack.project}$`, "m"));
  assert.doesNotMatch(text, /s3cret/);

  await output(["docker", "stop", "--time", "5", db]);
  const down = await oakum(["init", "--guard", "none"], { cwd });
  assert.equal(down.code, 0);
  assert.match(down.stderr, /^warning: The database container .* is not running/);
  assert.match(await Deno.readTextFile(`${cwd}/oakum.yaml`), /^ {2}service: store$/m);
  const settled = await oakum(["status", "--json"], { cwd });
  assert.equal(JSON.parse(settled.stdout).problem.code, "database-not-running");
});

Deno.test("Ctrl-C in a question ends with 130, and the terminal is as it was", async () => {
  await using at = await folder();
  const line = 'stty -g; oakum init; code=$?; stty -g; exit "$code"';
  await using terminal = new Terminal(line, { cwd: at.path });
  await terminal.until(/before it changes this database\?/);
  await terminal.type("\x03");
  assert.equal(await terminal.ended(), 130);
  const [before, after] = terminal.text.match(/^[0-9a-f:]{40,}/gm) ?? [];
  assert.ok(before);
  assert.equal(after, before);
  assert.equal(await exists(at.file), false);
});

Deno.test("SIGTERM in a question ends with 130, and the terminal is as it was", async () => {
  await using at = await folder();
  const line = 'stty -g; echo "shell $$."; oakum init; code=$?; stty -g; exit "$code"';
  await using terminal = new Terminal(line, { cwd: at.path });
  const [, shell] = await terminal.until(/shell (\d+)\./);
  await terminal.until(/before it changes this database\?/);
  const children = await Deno.readTextFile(`/proc/${shell}/task/${shell}/children`);
  Deno.kill(Number(children.trim()), "SIGTERM");
  assert.equal(await terminal.ended(), 130);
  assert.match(terminal.text, /Interrupted by SIGTERM/);
  const [before, after] = terminal.text.match(/^[0-9a-f:]{40,}/gm) ?? [];
  assert.ok(before);
  assert.equal(after, before);
});
