import assert from "node:assert/strict";
import { bash, oakum, Terminal } from "./program.ts";

// deno-lint-ignore no-control-regex -- any terminal sequence
const SEQUENCE = /\x1b/;

Deno.test("a pipe that breaks is quiet, and the code is that of the command", async () => {
  const line = "oakum --help | head -n 1; echo ${PIPESTATUS[0]}";
  const { stdout, stderr } = await bash(`set -o pipefail; ${line}`);
  assert.equal(stdout, "Usage: oakum [options] <command>\n0\n");
  assert.equal(stderr, "");
  const closed = await bash("{ oakum config schema; echo code $? >&2; } | true");
  assert.equal(closed.stderr, "code 0\n");
});

Deno.test("output that cannot be written is a failure", async () => {
  const { code, stderr } = await bash("oakum --help > /dev/full");
  assert.equal(code, 1);
  assert.match(stderr, /^error: The output could not be written: No space left on device/);
});

Deno.test("colours are for terminals whose owner wants them", async () => {
  const coloured = async (line: string, env: Readonly<Record<string, string>> = {}) => {
    await using terminal = new Terminal(line, { env });
    await terminal.ended();
    assert.match(terminal.text, /Usage: ?/);
    return SEQUENCE.test(terminal.text);
  };
  assert.equal(await coloured("oakum --help"), true);
  assert.equal(await coloured("oakum --help", { NO_COLOR: "1" }), false);
  assert.equal(await coloured("oakum --help --no-color"), false);
  assert.equal(await coloured("oakum --help", { TERM: "dumb" }), false);
  assert.equal(await coloured("oakum --help | cat"), false);
});

Deno.test("usage errors end with 2, the value and the usage line, on stderr", async () => {
  const { code, stdout, stderr } = await oakum(["restore", "--jobs", "many"]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.equal(
    stderr,
    "error: Option '--jobs <number>' cannot be 'many'. Accepted is a whole number from 1 to 64.\n" +
      "hint: Usage: oakum restore [options] [backup]\n  `oakum restore --help` says more.\n",
  );
});

Deno.test("an unknown command ends with 2 and says what was probably meant", async () => {
  const { code, stderr } = await oakum(["statsu"]);
  assert.equal(code, 2);
  assert.match(stderr, /^error: Unknown command 'statsu'\. Did you mean status\?\n/);
});

Deno.test("with --json a usage error is a JSON document on stdout", async () => {
  const { code, stdout, stderr } = await oakum(["upgrade", "--lock-timeout", "3", "--json"]);
  assert.deepEqual([code, stderr], [2, ""]);
  const { error } = JSON.parse(stdout);
  assert.deepEqual([error.code, error.exitCode, error.data], ["usage", 2, {
    command: "oakum upgrade",
  }]);
});

Deno.test("arguments cannot bring control characters to the terminal", async () => {
  const { stderr } = await oakum(["\x1b]0;owned\x07"]);
  assert.doesNotMatch(stderr, SEQUENCE);
  assert.match(stderr, /\\x1b\]0;owned\\x07/);
});

Deno.test("settings that cannot be used end with 2, file, line and value", async () => {
  const cwd = await Deno.makeTempDir({ prefix: "oakum_cli_" });
  try {
    await Deno.writeTextFile(`${cwd}/oakum.yaml`, "project: shop\nguard: ful\n");
    const { code, stderr } = await oakum(["status"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /oakum\.yaml:2: "guard" is "ful"; accepted is full, backup, none\n/);
    const folder = await oakum(["status", "-C", "missing"], { cwd });
    assert.equal(folder.code, 2);
    assert.match(folder.stderr, /missing" is not a folder/);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("in the background, as in source <(oakum …), oakum leaves the terminal alone", async () => {
  const line = "set -m; oakum --version & wait $!; echo code $?";
  await using terminal = new Terminal(line);
  assert.equal(await terminal.ended(), 0);
  assert.match(terminal.text, /\r\ncode 0\r\n/);
});
