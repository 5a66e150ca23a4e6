import assert from "node:assert/strict";
import { newRunId } from "../../src/core/run.ts";
import { LABELS } from "../../src/docker/sidecar.ts";
import { dumpDatabase } from "../../src/postgres/dump.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { Snapshot } from "../../src/postgres/snapshot.ts";
import { server, type TestDatabase, type TestServer } from "./fixtures.ts";
import { eventually } from "./polling.ts";

/** Big enough that a pg_dump whose output nobody reads cannot get to its end. */
async function fill({ sql }: TestDatabase): Promise<void> {
  await sql`create unlogged table canary as select 1 as n`;
  await sql`create table noise as
    select n, repeat(sha512(n::text::bytea)::text, 20) as text from generate_series(1, 20000) n`;
}

/** What a run has on the engine and in the server. */
async function traces({ engine }: TestServer, { sql }: TestDatabase, runId: string) {
  const containers = await engine.containers([`${LABELS.run}=${runId}`]);
  const sessions = await sql<{ what: string }[]>`
    select state || ' ' || query as what from pg_stat_activity
    where application_name = ${`oakum/${runId}`}`;
  return { containers: containers.length, sessions: sessions.map(({ what }) => what) };
}

async function serverIsWhole({ engine, access }: TestServer, { sql }: TestDatabase) {
  // A crash would have emptied the unlogged table.
  assert.equal((await sql`select from canary`).length, 1);
  const log = await engine.logTail(access.container.Id, 1000);
  assert.doesNotMatch(log, /reinitializing|was terminated by signal/);
}

for (const image of ["postgres17", "postgres15", "postgres17-alpine"] as const) {
  Deno.test(`a run that is killed in a dump of ${image} leaves nothing behind`, async () => {
    const shared = await server(image);
    await using database = await shared.createDatabase();
    await fill(database);
    const runId = newRunId();
    const script = new URL("./hold_snapshot.ts", import.meta.url).pathname;
    const args = ["run", "-A", script, JSON.stringify(shared.access), database.name, runId];
    const command = new Deno.Command(Deno.execPath(), { args, stdout: "piped" });
    const child = command.spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal((await reader.read()).value, "ready\n");
    await eventually(async () => {
      const during = await traces(shared, database, runId);
      assert.equal(during.containers, 1);
      assert.ok(during.sessions.some((session) => session.includes("COPY public.noise")));
      assert.ok(during.sessions.some((session) => session.startsWith("idle in transaction")));
    });

    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    await eventually(async () => {
      const after = await traces(shared, database, runId);
      assert.deepEqual(after, { containers: 0, sessions: [] });
    });
    await serverIsWhole(shared, database);
  });
}

Deno.test("a run that is interrupted in a dump leaves nothing behind", async () => {
  const shared = await server("postgres17");
  await using database = await shared.createDatabase();
  await fill(database);
  const runId = newRunId();
  const interruption = new AbortController();
  const dumping = (async () => {
    const { engine, access } = shared;
    await using session = await ServerSession.open(engine, access, runId, interruption.signal);
    await using snapshot = await Snapshot.take(await session.login(database.name));
    const format = { format: "custom", compression: "none" } as const;
    const what = { database: database.name, snapshot, format };
    const sink = () => {
      queueMicrotask(() => interruption.abort(new Error("Ctrl-C")));
      return Promise.resolve();
    };
    await dumpDatabase(session, what, sink, () => {}, interruption.signal);
  })();
  await assert.rejects(dumping, /Ctrl-C/);
  // What is disposed is gone; the server ends a session when it next looks at its socket.
  assert.equal((await traces(shared, database, runId)).containers, 0);
  await eventually(async () => {
    assert.deepEqual((await traces(shared, database, runId)).sessions, []);
  });
  await serverIsWhole(shared, database);
});
