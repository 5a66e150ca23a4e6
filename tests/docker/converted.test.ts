import assert from "node:assert/strict";
import { converted } from "../../src/operations/adopt/converted.ts";
import type { ServerSession } from "../../src/postgres/session.ts";
import { startServer } from "./server_fixture.ts";

const STILL = new AbortController().signal;
const FACTS = { path: "/dumps/old.dump", from: 17 };

async function customDump(session: ServerSession): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const cmd = ["pg_dump", "--format=custom", "--dbname=shop"];
  await using exec = await session.tool(cmd, { database: "shop" });
  for await (const { data } of exec.output()) parts.push(data.slice());
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

Deno.test("converted() turns a custom-format dump into a script, and ends where it cannot be read", async (t) => {
  await using server = await startServer();
  await server.psql("postgres", "create database shop");
  await server.psql("shop", "create table items as select generate_series(1, 100) as id");
  await using session = await server.session();
  const dump = await customDump(session);

  await t.step("a whole one", async () => {
    const script = converted(session, ReadableStream.from([dump]), FACTS, STILL);
    assert.match(await new Response(ReadableStream.from(script)).text(), /CREATE TABLE/);
  });
  await t.step("one on a disk that does not give its bytes", async () => {
    const fault = new Error("Input/output error");
    async function* broken() {
      yield dump.subarray(0, 100);
      await Promise.resolve();
      throw fault;
    }
    await assert.rejects(Array.fromAsync(converted(session, broken(), FACTS, STILL)), fault);
  });
  await t.step("one that is cut", async () => {
    const cut = ReadableStream.from([dump.subarray(0, 100)]);
    await assert.rejects(Array.fromAsync(converted(session, cut, FACTS, STILL)), {
      code: "foreign-dump-cut",
    });
  });
});
