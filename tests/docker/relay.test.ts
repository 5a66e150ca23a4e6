import assert from "node:assert/strict";
import { output, run } from "../../docker/command.ts";
import { OakumError } from "../../src/core/errors.ts";
import { newRunId } from "../../src/core/run.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { type OwnServer, ownServer } from "./fixtures.ts";
import { eventually } from "./polling.ts";

const IMAGES = [
  "postgres17",
  "postgres15",
  "postgres17-alpine",
  "postgres15-alpine",
  "postgres17-only-bash",
  "postgres17-only-nc",
  "postgres17-only-socat",
  "postgres17-only-perl",
  "postgres17-only-python3",
] as const;

for (const image of IMAGES) {
  Deno.test(`a session in ${image}`, async (t) => {
    await using own = await ownServer(image);
    await t.step("carries big and many values both ways, for long", () => carries(own));
    await t.step("notices that its backend is gone, and leaves none behind", () => notices(own));
  });
}

async function carries(own: OwnServer): Promise<void> {
  await using session = await ServerSession.open(own.engine, own.access, newRunId());
  const sql = await session.login("postgres");
  // Longer than a relay looks at its connection, and Docker waits for the streams of one that ended.
  const held = await (await session.login("postgres", { max: 1 })).reserve();
  const sleeping = held<{ pid: number }[]>`select pg_backend_pid() as pid, pg_sleep(8)`.execute();

  const big = "ä€ ".repeat(500_000);
  const [echo] = await sql<{ text: string }[]>`select ${big}::text as text`;
  assert.equal(echo?.text, big);
  const many = await sql<{ n: number }[]>`select generate_series(1, 200000) as n`;
  assert.equal(many.reduce((sum, { n }) => sum + n, 0), 20_000_100_000);

  const [before] = await sleeping;
  const [after] = await held<{ pid: number }[]>`select pg_backend_pid() as pid`;
  assert.equal(after?.pid, before?.pid);
  held.release();
}

async function notices(own: OwnServer): Promise<void> {
  const runId = newRunId();
  const oracle = own.sql("postgres");
  const backends = async () => {
    const rows = await oracle<{ pid: number }[]>`
      select pid from pg_stat_activity where application_name = ${`oakum/${runId}`}`;
    return rows.map(({ pid }) => pid);
  };
  {
    await using session = await ServerSession.open(own.engine, own.access, runId);
    await session.login("postgres");
    assert.equal((await backends()).length, 1);
  }
  await eventually(async () => assert.deepEqual(await backends(), []));

  await using session = await ServerSession.open(own.engine, own.access, runId);
  const held = await (await session.login("postgres", { max: 1 })).reserve();
  const [self] = await held<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const waiting = assert.rejects(Promise.resolve(held`select pg_sleep(600)`), isLost);
  await oracle.end();
  // Without a farewell: the server closes the connection and says nothing.
  await output(["docker", "exec", own.name, "sh", "-c", 'kill -9 "$1"', "sh", String(self?.pid)]);
  await waiting;
  await assert.rejects(Promise.resolve(held`select 1`));
  held.release();
}

function isLost(error: unknown): boolean {
  assert.ok(error instanceof OakumError, String(error));
  assert.equal(error.code, "connection-lost");
  return true;
}

Deno.test("a session says that the database's container stopped", async () => {
  await using own = await ownServer("postgres17");
  await using session = await ServerSession.open(own.engine, own.access, newRunId());
  const sql = await session.login("postgres");
  const waiting = Promise.resolve(sql`select pg_sleep(600)`).then(() => {}, (error) => error);
  await run(["docker", "kill", own.name]);
  const error = await waiting;
  assert.ok(error instanceof OakumError);
  assert.ok(["database-stopped", "connection-lost"].includes(error.code), error.message);
  await assert.rejects(session.login("postgres"), OakumError);
});

Deno.test("a query that is cancelled leaves its session usable", async () => {
  await using own = await ownServer("postgres17");
  await using session = await ServerSession.open(own.engine, own.access, newRunId());
  const sql = await session.login("postgres", { max: 1 });
  const query = sql`select pg_sleep(600)`;
  const cancelled = assert.rejects(Promise.resolve(query), { code: "57014" });
  await eventually(async () => {
    const seen = await own.sql("postgres", { max: 1 })`
      select from pg_stat_activity where query like '%pg_sleep%' and wait_event = 'PgSleep'`;
    assert.equal(seen.length, 1);
  });
  query.cancel();
  await cancelled;
  assert.deepEqual([...await sql`select 1 as one`], [{ one: 1 }]);
});
