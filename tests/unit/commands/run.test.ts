import assert from "node:assert/strict";
import { type CommandRun, runCommand } from "../../../src/commands/run.ts";
import type { BareSession, Result, Shell } from "../../../src/commands/session.ts";
import type { Globals } from "../../../src/commands/globals.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { interruption } from "../../../src/terminal/signals.ts";
import { memoryShell } from "./shell.ts";

const GLOBALS: Globals = { json: false, quiet: false, verbose: false, yes: false, color: true };
const RESULT: Result = { report: { size: 7 }, text: (page) => page.line("seven") };

function run(
  shell: Shell,
  work: (session: BareSession) => Promise<Result>,
  more: Partial<Globals> & Partial<Pick<CommandRun, "long">> = {},
): Promise<number> {
  const { long = false, ...globals } = more;
  return runCommand(shell, { globals: { ...GLOBALS, ...globals }, long, work });
}

Deno.test("runCommand() prints the report on stdout and ends with the outcome's code", async () => {
  const { shell, out, err } = memoryShell();
  assert.equal(await run(shell, () => Promise.resolve(RESULT)), 0);
  assert.deepEqual([out(), err()], ["seven\n", ""]);
  assert.equal(await run(shell, () => Promise.resolve({ ...RESULT, outcome: "finding" })), 9);
  assert.equal(await run(shell, () => Promise.resolve({ ...RESULT, exitCode: 3 })), 3);
});

Deno.test("runCommand() prints the same report as one JSON document with --json", async () => {
  const { shell, out, err } = memoryShell();
  await run(shell, (session) => {
    session.emit({ type: "step", step: "look", text: "Looking" });
    return Promise.resolve(RESULT);
  }, { json: true });
  assert.deepEqual([out(), err()], ['{"size":7}\n', ""]);
});

Deno.test("runCommand() prints a long run's events as JSON lines, the report last", async () => {
  const work = (session: BareSession) => {
    session.emit({ type: "step", step: "dump", text: "Dumping" });
    return Promise.resolve(RESULT);
  };
  const { shell, out } = memoryShell();
  await run(shell, work, { json: true, long: true });
  assert.deepEqual(out().trim().split("\n").map((line): unknown => JSON.parse(line)), [
    { type: "step", step: "dump", text: "Dumping" },
    { type: "report", report: { size: 7 } },
  ]);
  const quiet = memoryShell();
  await run(quiet.shell, work, { json: true, long: true, quiet: true });
  assert.equal(quiet.out(), '{"size":7}\n');
});

Deno.test("runCommand() maps an expected error to its exit code", async () => {
  const { shell, err } = memoryShell();
  const failing = () => Promise.reject(new OakumError("x", "locked", "Another run has it."));
  assert.equal(await run(shell, failing), 11);
  assert.equal(err(), "error: Another run has it.\n");
});

Deno.test("runCommand() ends with 1 and a stack where work throws anything else", async () => {
  const { shell, err } = memoryShell();
  assert.equal(await run(shell, () => Promise.reject(new TypeError("oops"))), 1);
  assert.match(err(), /^defect: TypeError: oops\n.*\n/);
});

/** Work that is interrupted, and ends as `end` says. */
function interrupted(end: (session: BareSession) => Promise<Result>) {
  const stage = memoryShell();
  const code = run(stage.shell, (session) => {
    stage.controller.abort(interruption("SIGINT"));
    return end(session);
  });
  return { ...stage, code };
}

Deno.test("an interrupted command ends with 130, whatever its work throws", async () => {
  for (const thrown of [new Error("aborted"), new OakumError("x", "failed", "pg_dump died.")]) {
    const { code } = interrupted(() => Promise.reject(thrown));
    assert.equal(await code, 130);
  }
  const { code, err } = interrupted(({ signal }) => Promise.reject(signal.reason));
  assert.equal(await code, 130);
  assert.match(err(), /Interrupted by Ctrl-C\./);
});

Deno.test("an interrupted command that changed the database says so by its own code", async () => {
  const error = new OakumError("half", "changed", "2 of 4 revisions are applied.");
  const { code, err } = interrupted(() => Promise.reject(error));
  assert.equal(await code, 6);
  assert.match(err(), /2 of 4 revisions/);
});

Deno.test("an interrupt that comes too late changes nothing", async () => {
  const { code, out } = interrupted(() => Promise.resolve(RESULT));
  assert.deepEqual([await code, out()], [0, "seven\n"]);
});

Deno.test("what nobody could catch is a defect, however well the work ended", async () => {
  const { shell, controller, err } = memoryShell();
  const code = run(shell, () => {
    controller.abort(new TypeError("in a stream"));
    return Promise.resolve(RESULT);
  });
  assert.equal(await code, 1);
  assert.match(err(), /defect: TypeError: in a stream/);
});

Deno.test("paths of the command line are relative to -C, as in git", async () => {
  const { shell } = memoryShell();
  const paths: string[] = [];
  await run(shell, (session) => {
    paths.push(session.directory, session.path("a.sql"), session.path("/b.sql"));
    return Promise.resolve(RESULT);
  }, { directory: "../other" });
  assert.deepEqual(paths, ["/srv/other", "/srv/other/a.sql", "/b.sql"]);
});
