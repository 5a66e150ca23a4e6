import assert from "node:assert/strict";
import { OakumError } from "../../src/core/errors.ts";
import { keptName } from "../../src/postgres/database_name.ts";
import type { ServerSession } from "../../src/postgres/session.ts";
import { type OnSwapState, type Swap, swapDatabases } from "../../src/postgres/swap.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
Deno.test.beforeAll(async () => {
  server = await startServer();
});
Deno.test.afterAll(async () => await server[Symbol.asyncDispose]());

async function docker(...args: string[]): Promise<void> {
  const { success } = await new Deno.Command("docker", { args, stdout: "null" }).output();
  assert.ok(success);
}

/** Two databases that say which one they are, and their swap. */
async function twoDatabases(session: ServerSession, live: string): Promise<Swap> {
  const at = new Date("2026-11-22T14:39:14Z");
  const winner = `${live}_new`;
  for (const database of [live, winner]) {
    await server.psql("postgres", `create database ${database}`);
    await server.psql(database, `create table which as select '${database}' as it`);
  }
  const mark = { run: session.runId, of: live, at, purpose: "before" as const };
  return { live, winner, keepAs: keptName(live, at), mark };
}

function restarts(at: string): OnSwapState {
  return (state) => {
    if (state !== at) return;
    const { Name } = server.access.container;
    new Deno.Command("docker", { args: ["restart", "-t", "20", Name.slice(1)] }).outputSync();
    if (state === "committed") throw new Error("The answer was lost.");
  };
}

Deno.test("swapDatabases() finds out in a new session that it won when COMMIT's answer was lost", async () => {
  await using session = await server.session();
  const swap = await twoDatabases(session, "lost");
  await using others = await server.session();
  await others.sql("lost", { max: 1 })`select 1`;
  const result = await swapDatabases(session, swap, restarts("committed"));
  assert.equal(result.endedSessions, 1);
  assert.equal(await server.psql("lost", "select it from public.which"), "lost_new");
});

Deno.test("swapDatabases() finds out in a new session that it lost when COMMIT never came", async () => {
  await using session = await server.session();
  const failure = await swapDatabases(
    session,
    await twoDatabases(session, "kept"),
    restarts("renamed"),
  )
    .then(() => undefined, (error) => error);
  assert.ok(failure instanceof Error);
  assert.notEqual((failure as OakumError).code, "swap-unknown");
  assert.equal(await server.psql("kept", "select it from public.which"), "kept");
});

Deno.test("swapDatabases() says that the outcome is unknown when the server stays away", async () => {
  await using session = await server.session();
  const name = server.access.container.Name.slice(1);
  const kill: OnSwapState = (state) => {
    if (state === "renamed") new Deno.Command("docker", { args: ["kill", name] }).outputSync();
  };
  const failure = await swapDatabases(session, await twoDatabases(session, "unknown"), kill, 3000)
    .then(() => undefined, (error) => error);
  assert.ok(failure instanceof OakumError, failure?.stack);
  assert.deepEqual([failure.code, failure.outcome], ["swap-unknown", "changed"]);
  await docker("start", name);
});
