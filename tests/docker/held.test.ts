import assert from "node:assert/strict";
import { inTransaction } from "../../src/postgres/held.ts";
import { startServer } from "./server_fixture.ts";

Deno.test("inTransaction() ends a query of a shielded session that waits, when it is aborted", async () => {
  await using server = await startServer();
  await server.psql("postgres", "create table rows as select 1");
  await using session = await server.session();
  await using shielded = session.shielded();
  const blocker = await session.sql("postgres").reserve();
  await blocker`begin`;
  await blocker`lock table public.rows`;

  const controller = new AbortController();
  const sql = shielded.sql("postgres", { max: 1, timeouts: { lock: 0 } });
  const counting = inTransaction(
    sql,
    (held) => held`select count(*) from public.rows`,
    controller.signal,
  );
  const waits = "select count(*) from pg_locks where not granted";
  while (await server.psql("postgres", waits) === "0");
  controller.abort();

  // The table is still locked: nothing but the abort can have ended it.
  await assert.rejects(counting);
  await blocker`rollback`;
  blocker.release();
});

Deno.test("inTransaction() does not begin what is aborted already", async () => {
  await using server = await startServer();
  await using session = await server.session();
  let begun = false;
  const work = () => {
    begun = true;
    return Promise.resolve();
  };
  const reason = new Error("Ctrl-C");
  const sql = session.sql("postgres");
  await assert.rejects(inTransaction(sql, work, AbortSignal.abort(reason)), reason);
  assert.equal(begun, false);
});
