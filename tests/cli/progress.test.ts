import assert from "node:assert/strict";
import { psql, TestStack } from "../docker/stack.ts";
import { bash, oakum, Terminal } from "./program.ts";

const stack = await TestStack.create();
const cwd = stack.folder;
const names = ["--env", "POSTGRES_PASSWORD=p", "--env", "POSTGRES_DB=shop"];
const db = await stack.addServer("db", { options: names });
const rows = "create table items as select n, sha512(n::text::bytea)::text as t " +
  "from generate_series(1, 300000) n";
await psql(db, "postgres", rows, ["-d", "shop"]);

Deno.test.afterAll(() => stack[Symbol.asyncDispose]());

// deno-lint-ignore no-control-regex -- any terminal sequence
const SEQUENCE = /\x1b\[[?0-9;]*[A-Za-z]/g;
// deno-lint-ignore no-control-regex -- colours are control sequences
const COLOUR = /\x1b\[[0-9;]*m/;
const ERASE = "\r\x1b[K";

/** What was drawn over and over on one line, without its colours. */
function liveLines(text: string): string[] {
  return text.split("\x1b[?7l").slice(1)
    .map((drawn) => drawn.slice(0, drawn.indexOf("\x1b[?7h")).replaceAll(SEQUENCE, "").trim());
}

/** What stays on the screen: whatever is erased again is left out. */
function remaining(text: string): string[] {
  return text.split("\r\n")
    .map((line) =>
      line.slice(Math.max(0, line.lastIndexOf(ERASE))).replaceAll(SEQUENCE, "").trim()
    );
}

Deno.test("backup tells on a terminal how far it is, on one line of 80 columns", async () => {
  await using terminal = new Terminal("oakum backup --verify read", { cwd, columns: 80 });
  assert.equal(await terminal.ended(), 0, terminal.text);
  const lines = liveLines(terminal.text);
  assert.ok(
    lines.some((line) => /^Dumping shop .*\d+(\.\d+)? MB.*\/s/.test(line)),
    lines.join("\n"),
  );
  assert.ok(lines.some((line) => line.startsWith("Reading the dump back")), lines.join("\n"));
  assert.deepEqual(lines.filter((line) => line.length > 79), []);
  const left = remaining(terminal.text);
  assert.ok(left.some((line) => /^Backed up shop in /.test(line)), left.join("\n"));
  assert.deepEqual(left.filter((line) => line.startsWith("Dumping")), []);
  assert.match(terminal.text, COLOUR);
});

Deno.test("with NO_COLOR progress is the same, without a colour", async () => {
  const env = { NO_COLOR: "1" };
  await using terminal = new Terminal("oakum backup --verify none", { cwd, env });
  assert.equal(await terminal.ended(), 0, terminal.text);
  assert.ok(liveLines(terminal.text).some((line) => line.startsWith("Dumping shop")));
  assert.doesNotMatch(terminal.text, COLOUR);
});

Deno.test("in a log a backup is a line for each step, and its result on stdout", async () => {
  const { code, stdout, stderr } = await oakum(["backup", "--verify", "none"], { cwd });
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^Holding the tables still\nDumping shop\n(?: {2}.*\n)*Publishing the backup\n$/,
  );
  assert.match(stdout, /^Backed up shop in [^\n]*\nfile\t[^\n]*\.dump\n/);
});

Deno.test("backups whose reader leaves after a line is quiet, and ends with 0", async () => {
  const line = "oakum backups | head -n 1; echo code ${PIPESTATUS[0]}";
  const { stdout, stderr } = await bash(line, { cwd });
  assert.match(stdout, /^db_backup_\d{8}_\d{6}\t[^\n]*\ncode 0\n$/);
  assert.equal(stderr, "");
});
