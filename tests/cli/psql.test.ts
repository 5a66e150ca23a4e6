import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { psql as ask, TestStack } from "../docker/stack.ts";
import { settles } from "../docker/polling.ts";
import { bash, oakum, PROGRAM, Terminal } from "./program.ts";

const stack = await TestStack.create();
const password = ["--env", "POSTGRES_PASSWORD=it's a p@ss/word", "--env", "POSTGRES_DB=shop"];
const db = await stack.addServer("db", { options: password });
const cwd = stack.folder;

Deno.test.afterAll(() => stack[Symbol.asyncDispose]());

/** Neither a container of oakum's nor a session of it is left. */
async function nothingLeft(): Promise<void> {
  const id = await output(["docker", "inspect", "--format", "{{.Id}}", db]);
  await settles(async () => {
    assert.equal(await output(["docker", "ps", "-aq", "--filter", `label=oakum.of=${id}`]), "");
    const sessions = "select count(*) from pg_stat_activity where application_name like 'oakum/%'";
    assert.equal(await ask(db, "postgres", sessions), "0");
  });
}

async function untilSleeps(): Promise<void> {
  const query = "select count(*) from pg_stat_activity where query like 'select pg_sleep(%'";
  await settles(async () => assert.equal(await ask(db, "postgres", query), "1"));
}

/** psql on a terminal, ready for what is typed. */
async function session(line = "oakum psql", columns = 80) {
  const terminal = new Terminal(`stty -g; ${line}; code=$?; stty -g; exit $code`, { cwd, columns });
  await terminal.until(/shop=# /);
  return terminal;
}

/** The terminal's settings, before and after. */
function settings(terminal: Terminal): string[] {
  return terminal.text.match(/^[0-9a-f:]{40,}/gm) ?? [];
}

function assertAsBefore(terminal: Terminal): void {
  const [before, after] = settings(terminal);
  assert.ok(before);
  assert.equal(after, before);
}

Deno.test("psql -- -c prints the result alone, and ends with psql's own exit code", async () => {
  const one = await oakum(["psql", "--", "-qAtc", "select current_database()"], { cwd });
  assert.deepEqual(one, { code: 0, stdout: "shop\n", stderr: "" });
  const wrong = await oakum(["psql", "--", "-c", "select nope"], { cwd });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^ERROR: {2}column "nope" does not exist/);
  const script = await bash(`oakum psql -- -v ON_ERROR_STOP=1 <<< "select nope;"; echo $?`, {
    cwd,
  });
  assert.equal(script.stdout, "3\n");
  await nothingLeft();
});

Deno.test("psql takes psql's own options without a --, and those of oakum among them", async () => {
  const one = await oakum(["psql", "-qAt", "-c", "select 1", "--database", "db/shop"], { cwd });
  assert.deepEqual(one, { code: 0, stdout: "1\n", stderr: "" });
  const set = await bash("echo 'select :n;' | oakum psql -v n=7 -Atf -", { cwd });
  assert.equal(set.stdout, "7\n");
  const other = await oakum(["psql", "-Atc", "select current_database()", "postgres"], { cwd });
  assert.equal(other.stdout, "postgres\n");
  await nothingLeft();
});

Deno.test("psql stops a script at its first error and ends with psql's exit code", async () => {
  await Deno.writeTextFile(
    `${cwd}/bad.sql`,
    "create table half (n int);\nselect nope;\ncreate table rest (n int);\n",
  );
  const { stdout } = await bash(
    `oakum psql -q < bad.sql; echo "stdin $?"
    oakum psql -Atc "select count(*) from pg_class where relname in ('half', 'rest')"
    oakum psql -1 -f bad.sql; echo "file $?"
    oakum psql -q -v ON_ERROR_STOP=0 -c 'drop table half' -f bad.sql; echo "on $?"
    oakum psql -Atc "select count(*) from pg_class where relname in ('half', 'rest')"
    oakum psql -f not_here.sql; echo "none $?"
    oakum psql -f bad.sql -f bad.sql; echo "two $?"
    printf 'select 1;' | oakum psql -qAt -c 'drop table half, rest'; echo "ok $?"`,
    { cwd },
  );
  assert.equal(stdout, "stdin 3\n1\nfile 3\non 0\n2\nnone 1\ntwo 2\nok 0\n");
  const { stderr } = await oakum(["psql", "-f", "bad.sql", "-f", "it's.sql"], { cwd });
  assert.match(stderr, /one script[^]*cat bad\.sql .*\| oakum psql/);
  await nothingLeft();
});

Deno.test("psql reads a script and data from stdin, and works without one", async () => {
  const { stdout } = await bash(
    `echo "select 41 + 1;" > answer.sql
    oakum psql -- -qAt < answer.sql
    printf '1\\n2\\n' | oakum psql -- -qAtc 'create temp table t (n int)' -c 'copy t from stdin' \\
      -c 'select sum(n) from t'
    oakum psql -- -qAtc 'select 4' < /dev/null
    oakum psql -- -qAtc 'select 5' <&-
    oakum psql -- -qAtc 'select 6' < <(exec sleep 600 > /dev/null 2>&1); kill $!`,
    { cwd },
  );
  assert.equal(stdout, "42\n3\n4\n5\n6\n");
  await nothingLeft();
});

Deno.test("psql whose output nobody reads any more ends quietly, and its query on the server", async () => {
  const rows = "select n, repeat('x', 100) from generate_series(1, 200000) n";
  const { stdout, stderr } = await bash(
    `oakum psql -- -qAt -c "${rows}" -c "select pg_sleep(600)" | head -n 1
    echo "code \${PIPESTATUS[0]}"`,
    { cwd },
  );
  assert.deepEqual([stdout, stderr], [`1|${"x".repeat(100)}\ncode 0\n`, ""]);
  await nothingLeft();
});

Deno.test("SIGTERM during a query of a script ends the query on the server", async () => {
  const [file = "", ...before] = PROGRAM;
  const child = new Deno.Command(file, {
    args: [...before, "psql", "--", "-c", "select pg_sleep(600)"],
    cwd,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await untilSleeps();
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 130);
  await nothingLeft();
});

Deno.test("on a terminal Ctrl-C cancels the query and psql goes on, and Ctrl-D ends it", async () => {
  await using terminal = await session();
  await terminal.type("select pg_sleep(600);\r");
  await untilSleeps();
  await terminal.type("\x03");
  await terminal.until(/canceling statement due to user request/);
  await terminal.type("select 'still ' || 'here';\r");
  await terminal.until(/still here[^]*shop=# /); // Before its prompt psql would not take the Ctrl-D.
  await terminal.type("\x04");
  assert.equal(await terminal.ended(), 0);
  assertAsBefore(terminal);
  await nothingLeft();
});

Deno.test("psql knows the terminal's size at its start and after each change", async () => {
  const resize = `(until [ -e go ]; do sleep 0.1; done; stty -F /dev/tty cols 117 rows 31) &`;
  await using terminal = await session(`${resize} oakum psql`, 93);
  await terminal.type("\\! stty size\r");
  await terminal.until(/24 93/);
  await Deno.writeTextFile(`${cwd}/go`, "");
  let turn = 0;
  await settles(async () => {
    await terminal.type(`\\! echo turn ${++turn}: $(stty size)\r`);
    const [, size] = await terminal.until(new RegExp(`turn ${turn}: (\\d+ \\d+)`));
    assert.equal(size, "31 117");
  });
  await terminal.type("\\q\r");
  assert.equal(await terminal.ended(), 0);
});

Deno.test("a long result is paged, 80 columns wide, and other alphabets arrive whole", async () => {
  await using terminal = await session();
  await terminal.type("select 'größe 数', relname from pg_class;\r");
  await terminal.until(/größe 数 \| pg_[^]*--More--/);
  await terminal.type("q");
  await terminal.until(/--More--[^]*shop=# /);
  await terminal.type("\\q\r");
  assert.equal(await terminal.ended(), 0);
});

Deno.test("psql takes over no psqlrc of the image and keeps no history in it", async () => {
  const { stdout } = await oakum(
    ["psql", "--", "-c", "\\! echo history: $PSQL_HISTORY; ls -A $HOME"],
    { cwd },
  );
  assert.match(stdout, /^history: \/dev\/null\n/);
  assert.doesNotMatch(stdout, /psql_history/);
});

Deno.test("SIGTERM during a query on a terminal restores it and ends the query", async () => {
  await using terminal = await session('echo "shell $$."; oakum psql');
  const [, shell] = await terminal.until(/shell (\d+)\./);
  await terminal.type("select pg_sleep(600);\r");
  await untilSleeps();
  const children = await Deno.readTextFile(`/proc/${shell}/task/${shell}/children`);
  Deno.kill(Number(children.trim()), "SIGTERM");
  assert.equal(await terminal.ended(), 130);
  assert.match(terminal.text, /Interrupted by SIGTERM/);
  assertAsBefore(terminal);
  await nothingLeft();
});
