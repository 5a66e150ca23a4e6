import assert from "node:assert/strict";
import { newRunId } from "../../src/core/run.ts";
import { freshName, keptName } from "../../src/postgres/database_name.ts";
import { inMaintenance } from "../../src/postgres/maintenance.ts";
import { listMarked, markDatabase } from "../../src/postgres/marks.ts";
import type { ServerSession } from "../../src/postgres/session.ts";
import { swapDatabases } from "../../src/postgres/swap.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
Deno.test.beforeAll(async () => {
  server = await startServer();
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await server[Symbol.asyncDispose]();
});

/** Makes `name` and a winner beside it, each with a table that says which one it is. */
async function twoDatabases(session: ServerSession, name: string) {
  const winner = freshName(name, session.runId);
  for (const database of [name, winner]) {
    if (database !== "postgres") {
      await server.psql("template1", `create database ${quoted(database)}`);
    }
    const which = database === name ? "old" : "new";
    await server.psql(database, `create table which as select '${which}' as it`);
  }
  const at = new Date("2026-11-22T14:39:14Z");
  const mark = { run: session.runId, of: name, at };
  await inMaintenance(
    session,
    (sql) => markDatabase(sql, winner, { ...mark, purpose: "restore" }),
  );
  const swap = {
    live: name,
    winner,
    keepAs: keptName(name, at),
    mark: { ...mark, purpose: "before" as const },
  };
  return swap;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

for (
  const name of [
    "plain",
    "With Spaces",
    "a\"b'c.d;--",
    "umläute größe ÄÖÜ",
    "x".repeat(60),
    "ü".repeat(31),
    "postgres",
  ]
) {
  Deno.test(`swapDatabases() exchanges names and marks the old one, for ${JSON.stringify(name)}`, async () => {
    await using session = await server.session();
    const swap = await twoDatabases(session, name);
    await swapDatabases(session, swap);
    assert.equal(await server.psql(name, "select it from which"), "new");
    assert.equal(await server.psql(swap.keepAs, "select it from which"), "old");
    const marked = await inMaintenance(session, listMarked);
    const mine = marked.filter(({ mark }) => mark?.run === session.runId);
    assert.deepEqual(mine.map(({ name, mark }) => [name, mark?.purpose, mark?.of]), [
      [swap.keepAs, "before", name],
    ]);
  });
}

/** Clients that are back within milliseconds, whatever happens to them; what they read, in order. */
function hammer(others: ServerSession, database: string, clients: number): string[] {
  const read: string[] = [];
  const loop =
    `while :; do psql -XAtc "select it from public.which" -c "select pg_sleep(0.02)"; done`;
  for (let i = 0; i < clients; i++) {
    void (async () => {
      await using exec = await others.tool(["sh", "-c", loop], { database });
      for await (const { stream, data } of exec.output()) {
        const text = new TextDecoder().decode(data);
        if (stream === "stdout") read.push(...text.split("\n").filter((line) => line !== ""));
        else read.push("error");
      }
    })().catch(() => {});
  }
  return read;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

Deno.test("swapDatabases() wins against clients that reconnect at once", async () => {
  await using session = await server.session();
  const swap = await twoDatabases(session, "busy");
  await using others = await server.session(newRunId());
  const idle = others.sql("busy", { max: 1 });
  const holder = await idle.reserve();
  await holder`begin`;
  await holder`select * from public.which`;
  const read = hammer(others, "busy", 8);
  await until(() => read.filter((line) => line === "old").length > 50);
  const result = await swapDatabases(session, swap);
  await until(() => read.slice(-50).every((line) => line === "new"));
  assert.ok(result.endedSessions > 0);
  assert.ok(read.lastIndexOf("old") < read.indexOf("new"));
  await assert.rejects(async () => await holder`select 1`);
});
