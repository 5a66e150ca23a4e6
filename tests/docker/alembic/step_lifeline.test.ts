import assert from "node:assert/strict";
import type { RunningExec } from "../../../src/docker/exec.ts";
import type { TestDatabase } from "../fixtures.ts";
import { eventually } from "../polling.ts";
import { type App, headsIn, readToEnd, resultOf } from "./program.ts";
import { ADDED, addRevision, FIRST, scene } from "./step_scene.ts";

Deno.test("a step ends, and its transaction with it, when its stdin does", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, [
    'op.execute("drop table paintings")',
    'op.execute("select pg_sleep(600)")',
  ]);
  await using exec = await startAndSleep(at.app, at.env);
  exec.closeStdin();
  await cutOff(exec);
  await untilAlone(at.database);
  assert.deepEqual(await headsIn(at.database), ["art0001"]);
  await at.database.sql`select from paintings`;
});

Deno.test("a step ends when whoever started it is no longer there", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  await addRevision(at.app, ['op.execute("select pg_sleep(600)")']);
  const exec = await startAndSleep(at.app, at.env);
  exec.raw.destroy();
  await cutOff(exec);
  await untilAlone(at.database);
});

Deno.test("a step ends also where C code holds Python's interpreter", async () => {
  await using at = await scene();
  resultOf(await at.step(FIRST));
  // No thread runs while it matches, and it matches for years.
  await addRevision(at.app, [
    'op.execute("drop table paintings")',
    "import re",
    're.match("(a+)+$", "a" * 60 + "b")',
  ]);
  await using exec = await at.app.start("step", ADDED, at.env);
  const reading = readToEnd(exec);
  await untilIdle(at.database);
  exec.closeStdin();
  await Promise.all([cutOff(exec), reading]);
  await untilAlone(at.database);
  await at.database.sql`select from paintings`;
});

/** A program without its lifeline leaves by itself, or the kernel ends it by SIGIO. */
async function cutOff(exec: RunningExec): Promise<void> {
  const code = await exec.exitCode(AbortSignal.timeout(60_000));
  assert.ok(code === 4 || code === 128 + 29, `exit code ${code}`);
}

/** Waits until the match is tried: nothing is asked of the server any more. */
async function untilIdle({ sql, name }: TestDatabase): Promise<void> {
  await eventually(async () => {
    const idle = await sql`
      select from pg_stat_activity where datname = ${name} and state = 'idle in transaction'
        and query like 'drop table%'`;
    assert.equal(idle.length, 1);
  });
}

/** Starts the added revision and waits until its sleep is reported. */
async function startAndSleep(app: App, env: Record<string, string>): Promise<RunningExec> {
  const settings = { client_connection_check_interval: "500ms" };
  const exec = await app.start("step", { ...ADDED, settings }, env);
  let stdout = "";
  for await (const { stream, data } of exec.output()) {
    if (stream === "stdout") stdout += new TextDecoder().decode(data);
    if (stdout.includes('"event": "running"')) return exec;
  }
  throw new Error(`It ended early:\n${stdout}`);
}

async function untilAlone({ sql, name }: TestDatabase): Promise<void> {
  await eventually(async () => {
    const others = await sql`
      select from pg_stat_activity where datname = ${name} and application_name <> 'oakum-test'`;
    assert.equal(others.length, 0);
  });
}
