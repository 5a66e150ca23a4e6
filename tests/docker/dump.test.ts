import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { OakumError } from "../../src/core/errors.ts";
import { newRunId } from "../../src/core/run.ts";
import { Engine } from "../../src/docker/engine.ts";
import type { ServerAccess } from "../../src/postgres/access.ts";
import { dumpDatabase, type DumpRequest } from "../../src/postgres/dump.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { Snapshot } from "../../src/postgres/snapshot.ts";
import { type Fault, FaultProxy } from "../faults/proxy.ts";
import { ownServer, server } from "./fixtures.ts";

/** Opens a session, takes a snapshot, dumps, and hands back the error that this must end in. */
async function failedDump(
  engine: Engine,
  access: ServerAccess,
  database: string,
  request: Partial<DumpRequest> = {},
): Promise<OakumError> {
  await using session = await ServerSession.open(engine, access, newRunId());
  await using snapshot = await Snapshot.take(session.sql(database));
  const what: DumpRequest = {
    database,
    snapshot,
    format: { format: "custom", compression: "none" },
    ...request,
  };
  const dump = dumpDatabase(session, what, async () => {}, () => {}, AbortSignal.timeout(60_000));
  const error = await dump.then(() => undefined, (error) => error);
  assert.ok(error instanceof OakumError, `not an error for people: ${error?.stack ?? "success"}`);
  assert.equal(error.outcome, "failed");
  return error;
}

const NOISE = `create table noise as
  select n, repeat(sha512(n::text::bytea)::text, 20) as text from generate_series(1, 20000) n`;

for (const how of ["kill", "stop"]) {
  Deno.test(`dumpDatabase() says that the database stopped after docker ${how}`, async () => {
    await using own = await ownServer("postgres17");
    await using database = await own.createDatabase();
    await database.sql.unsafe(NOISE);
    await using proxy = await FaultProxy.start();
    const strike = () => output(["docker", how, own.name]);
    proxy.arm({ command: /"pg_dump"/, at: { stdout: 200_000 }, then: strike });

    const engine = await Engine.connect(proxy.environment);
    const error = await failedDump(engine, own.access, database.name);
    assert.equal(proxy.struck, 1);
    assert.equal(error.code, "dump-cut");
    assert.match(error.message, new RegExp(`database container "${own.name}" stopped`));
  });
}

Deno.test("dumpDatabase() gives up on a stream that goes silent", async () => {
  const { access, createDatabase } = await server("postgres17");
  await using database = await createDatabase();
  await database.sql.unsafe(NOISE);
  await using proxy = await FaultProxy.start();
  const silence: Fault = { command: /"pg_dump"/, at: { stdout: 200_000 }, then: "stall" };
  proxy.arm(silence);

  const engine = await Engine.connect(proxy.environment);
  const error = await failedDump(engine, access, database.name, { stallMs: 1000 });
  assert.equal(proxy.struck, 1);
  assert.equal(error.code, "dump-stalled");
});

Deno.test("dumpDatabase() repeats what the server says of a damaged page", async () => {
  await using own = await ownServer("postgres17", {
    options: ["--env", "POSTGRES_INITDB_ARGS=--data-checksums"],
    args: ["-c", "shared_buffers=128kB"],
  });
  await using database = await own.createDatabase();
  await database.sql.unsafe(NOISE);
  const [file] = await database.sql<{ path: string }[]>`
    select current_setting('data_directory') || '/' || pg_relation_filepath('noise') as path`;
  // Another table's pages push this one's out of the few shared buffers.
  await database.sql`create table other as select n from generate_series(1, 50000) n`;
  await database.sql`checkpoint`;
  await output([
    ...["docker", "exec", own.name, "dd", "if=/dev/urandom", `of=${file?.path}`],
    ...["bs=8192", "seek=300", "count=1", "conv=notrunc"],
  ]);

  const error = await failedDump(own.engine, own.access, database.name);
  assert.equal(error.code, "dump-failed");
  assert.match(`${error.message}\n${error.hint}`, /invalid page in block 300 of relation/);
});

Deno.test("dumpDatabase() repeats what the server says of a missing right", async () => {
  const { engine, access, createDatabase } = await server("postgres17");
  await using database = await createDatabase();
  const role = `${database.name}_reader`;
  const { sql } = database;
  await sql`create role ${sql(role)} login`;
  try {
    await sql`create table readable (n int)`;
    await sql`grant select on readable to ${sql(role)}`;
    await sql`select lo_from_bytea(0, 'large')`;

    const reader = { ...access, credentials: { ...access.credentials, user: role } };
    const error = await failedDump(engine, reader, database.name);
    assert.equal(error.code, "dump-failed");
    assert.match(error.message, /permission denied for large object/);
  } finally {
    await sql`drop owned by ${sql(role)}`;
    await sql`drop role ${sql(role)}`;
  }
});
