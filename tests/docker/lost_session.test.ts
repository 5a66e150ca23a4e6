import assert from "node:assert/strict";
import { newRunId } from "../../src/core/run.ts";
import type { ReservedSql, Sql } from "../../src/postgres/connection.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { server, type TestDatabase } from "./fixtures.ts";
import { eventually } from "./polling.ts";

/** How a connection is lost; `pid` is the server's process. */
type Loss = (database: TestDatabase, session: ServerSession, pid: number) => Promise<unknown>;

const LOSSES: Record<string, Loss> = {
  "the server ends it": async ({ sql }, _, pid) =>
    void await sql`select pg_terminate_backend(${pid})`,
  "its sidecar is gone": (_, { sidecar: { engine, id } }) => engine.remove(id),
};

/** A query waits in the server and others behind it, as far as postgres.js lets them. */
function ask(sql: Sql): Promise<PromiseSettledResult<unknown>[]> {
  const waiting = sql`select pg_sleep(600), ${"a"}::text`.then(() => "answered");
  return Promise.allSettled([
    // What comes at the very moment of the loss is the hardest to answer.
    waiting.catch(() => sql`select ${"b"}::text`),
    sql`select ${"c"}::text`,
    sql.unsafe("select 1"),
  ]);
}

for (const [how, lose] of Object.entries(LOSSES)) {
  Deno.test(`every query on a session gets an answer, also when ${how}`, async () => {
    const { engine, access, createDatabase } = await server("postgres17");
    await using database = await createDatabase();
    await using session = await ServerSession.open(engine, access, newRunId());
    const sql = session.sql(database.name, { max: 1 });
    const held: ReservedSql = await sql.reserve();
    const [row] = await held<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await held`begin`;
    const asked = ask(held);
    await eventually(async () => {
      const [sleeps] = await database.sql`select from pg_stat_activity
        where pid = ${row!.pid} and query like '%pg_sleep%' and state = 'active'`;
      assert.ok(sleeps);
    });
    await lose(database, session, row!.pid);
    const answers = await within(20_000, asked);
    assert.deepEqual(answers.map(({ status }) => status), ["rejected", "rejected", "rejected"]);
    await assert.rejects(within(20_000, held`rollback`.then(() => {})));
    held.release();
  });
}

/** Fails where a promise is not settled in time: so long that only one that never is can miss it. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no answer ever came")), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
