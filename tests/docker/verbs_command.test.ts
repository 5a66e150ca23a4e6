import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { output } from "../../docker/command.ts";
import { type Ended, oakum } from "../cli/program.ts";
import { psql, TestStack } from "./stack.ts";
import { BRANCHES, writeProject } from "./verbs/project.ts";

const PASSWORD = "s3cret-w0rd";
const PERSON = { uid: 4811, gid: 4812 };

/** A stack that was not written with oakum in mind: a database, and an app with its code mounted. */
async function startStack(): Promise<TestStack> {
  const stack = await TestStack.create();
  try {
    const names = ["--env", "POSTGRES_USER=shop", "--env", "POSTGRES_DB=shop"];
    const password = ["--env", `POSTGRES_PASSWORD=${PASSWORD}`];
    await stack.addServer("db", { options: [...names, ...password] });
    const folder = join(stack.folder, "web");
    await writeProject(folder, BRANCHES);
    const url = `DATABASE_URL=postgresql+psycopg://shop:${PASSWORD}@db/shop`;
    const mount = ["--volume", `${folder}:/srv/project`, "--workdir", "/srv/project"];
    await stack.add("web", "app", { options: [...mount, "--env", url] });
    return stack;
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

Deno.test("the verbs of revisions from the stack's folder, without a flag or a setting", async (t) => {
  await using stack = await startStack();
  const env = { SUDO_UID: String(PERSON.uid), SUDO_GID: String(PERSON.gid) };
  const run = (...args: string[]) => oakum(args, { cwd: join(stack.folder, "web"), env });
  const succeed = async (...args: string[]) => {
    const ended = await run(...args);
    assert.equal(ended.code, 0, ended.stderr);
    return ended.stdout;
  };
  const sql = (statements: string) =>
    psql(`${stack.project}-db-1`, "shop", statements, ["-d", "shop"]);
  const failedWith = (ended: Ended, code: number, message: RegExp) => {
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, message);
    assert.doesNotMatch(ended.stdout + ended.stderr, new RegExp(PASSWORD));
  };

  await t.step("current and history know a database that was never migrated", async () => {
    assert.equal(await succeed("current"), "");
    failedWith(await run("current", "--check-heads"), 9, /^$/);
    assert.match(await succeed("history"), /^cccc3333\tpending\thead\taaaa1111\t\tprice them$/m);
    assert.equal(await sql("select count(*) from pg_tables where schemaname = 'public'"), "0");
  });

  await t.step("merge leaves a file that the person behind sudo owns", async () => {
    const path = (await succeed("merge", "-m", "join frames and prices")).trim();
    assert.equal(dirname(path), join(stack.folder, "web/migrations/versions"));
    const { uid, gid } = await Deno.stat(path);
    const own = Deno.uid() === 0 ? PERSON : { uid: Deno.uid(), gid: Deno.gid() };
    assert.deepEqual({ uid, gid }, own);
    const heads = await succeed("heads");
    assert.match(heads, /^[0-9a-f]{12}\tjoin frames and prices\t/);
    assert.equal(heads.trim().split("\n").length, 1);
  });

  await t.step("check exits with 9 while a revision is pending, and with 0 after", async () => {
    const behind = await run("check");
    assert.equal(behind.code, 9);
    assert.match(behind.stdout, /^pending\taaaa1111$/m);
    await succeed("upgrade", "--backup", "none", "--yes");
    assert.equal(await succeed("check"), "");
    await succeed("current", "--check-heads");
    await sql("alter table paintings drop price");
    const drifted = await run("check");
    assert.deepEqual([drifted.code, drifted.stdout.split("\t")[0]], [9, "add_column"]);
  });

  await t.step("show has the text of a file with --verbose, JSON on request", async () => {
    assert.match(await succeed("show", "frames", "--verbose"), /alter table paintings add frame/);
    const { kind, revisions } = JSON.parse(await succeed("show", "bbbb", "--json"));
    assert.deepEqual([kind, revisions.length, revisions[0].id], ["show", 1, "bbbb2222"]);
    assert.deepEqual([revisions[0].applied, revisions[0].edited], [true, false]);
    failedWith(await run("show", "nosuch"), 10, /There is no revision or branch "nosuch"/);
  });

  await t.step("stamp asks, and refuses where nobody can answer", async () => {
    failedWith(await run("stamp", "aaaa1111"), 4, /nobody can be asked here/);
    await succeed("stamp", "aaaa1111", "--yes");
    assert.equal(await sql("select version_num from alembic_version"), "aaaa1111");
    failedWith(await run("stamp", "aaaa1111", "--yes"), 4, /nothing to stamp/);
    assert.match(await succeed("current"), /^aaaa1111\tbehind\thang paintings\tshop\n$/);
    await succeed("stamp", "head", "--yes");
  });

  await t.step("revision --autogenerate prints what it holds", async () => {
    const { changes, files } = JSON.parse(
      await succeed("revision", "-m", "price again", "--autogenerate", "--json"),
    );
    assert.deepEqual(changes.map((change: { text: string }) => change.text), [
      "add column paintings.price NUMERIC",
    ]);
    assert.equal(files[0].visible, true);
    assert.match(await Deno.readTextFile(files[0].path), /op\.add_column/);
  });

  await t.step(
    "an error of a revision file names its line first, the traceback on request",
    async () => {
      const path = join(stack.folder, "web/migrations/versions/broken.py");
      await Deno.writeTextFile(path, "import nothing_of_that_name\n");
      const place =
        /\/srv\/project\/migrations\/versions\/broken\.py:1: import nothing_of_that_name/;
      const short = await run("history");
      failedWith(short, 4, place);
      assert.doesNotMatch(short.stderr, /File "/);
      assert.match((await run("history", "--verbose")).stderr, /cause: .*File "/s);
      await Deno.remove(path);
    },
  );

  await t.step(
    "history and show work while the database is down, and current says why not",
    async () => {
      await output(["docker", "stop", "--time", "5", `${stack.project}-db-1`]);
      assert.match(await succeed("history"), /^aaaa1111\tunknown\t\t\t\thang paintings$/m);
      assert.match(await succeed("show", "frames"), /^state\tunknown$/m);
      const { unknown } = JSON.parse(await succeed("history", "--json"));
      assert.equal(unknown.code, "database-not-running");
      failedWith(await run("current"), 4, /is not running[^]*docker start/);
      const path = (await succeed("revision", "-m", "by heart")).trim();
      assert.match(path, /_by_heart\.py$/);
    },
  );
});
