import assert from "node:assert/strict";
import { OakumError } from "../../src/core/errors.ts";
import { asLost } from "../../src/core/lost.ts";
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
    // A person is told what happened, and not of a defect.
    const reasons = answers.map((one) => asLost((one as PromiseRejectedResult).reason));
    assert.ok(reasons.every((reason) => reason instanceof OakumError), String(reasons));
    await assert.rejects(within(20_000, held`rollback`.then(() => {})));
    held.release();
  });
}

Deno.test("a write that an interruption breaks off must say that, and not what became of the pipe", async () => {
  const { engine, access } = await server("postgres17");
  await using session = await ServerSession.open(engine, access, newRunId());
  const interruption = new OakumError("interrupted", "interrupted", "Interrupted by SIGHUP.");
  const controller = new AbortController();
  const spec = { cmd: ["sleep", "600"], stdin: true };
  await using exec = await engine.exec(session.sidecar.id, spec, controller.signal);
  // Nobody reads it, so that it waits.
  const writing = exec.write(new Uint8Array(64 * 1024 * 1024));
  setTimeout(() => controller.abort(interruption), 200);
  await assert.rejects(within(20_000, writing), interruption);
  await assert.rejects(exec.write("more"), interruption);
});

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
