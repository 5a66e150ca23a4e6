import assert from "node:assert/strict";
import { newRunId } from "../../src/core/run.ts";
import { dumpDatabase, dumpGlobals } from "../../src/postgres/dump.ts";
import { countRows, readDatabaseFacts } from "../../src/postgres/facts.ts";
import { fullRead } from "../../src/postgres/full_read.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { inSnapshot, Snapshot } from "../../src/postgres/snapshot.ts";
import { server } from "./fixtures.ts";

/** What libpq, a shell, a printf or SQL would each take for something else. */
const NAMES = [
  "With Spaces and Capitals",
  " lead and trail ",
  `'single' "double"`,
  "a.b.c",
  "-x",
  "--help",
  "dbname=postgres",
  "postgres://localhost/postgres",
  "$(id) `id` ; | & > %s %41",
  "back\\slash\\'",
  "umläute größe ÄÖÜ €",
  "x".repeat(63),
  "ü".repeat(31),
  "line\nbreak\ttab",
  "*",
];

const CASES = { postgres17: NAMES, postgres15: NAMES.filter((_, index) => index % 4 === 0) };

for (const image of ["postgres17", "postgres15"] as const) {
  for (const name of CASES[image]) {
    Deno.test(`a database, a user and a table on ${image} may be called ${JSON.stringify(name)}`, async () => {
      const shared = await server(image);
      await using database = await shared.createDatabase(name);
      const { sql } = database;
      await sql`create role ${sql.unsafe(quoted(name))} superuser login`;
      try {
        await sql.unsafe(`create schema ${quoted(name)}`);
        await sql.unsafe(`create table ${quoted(name)}.${quoted(name)} as select 1 as one`);
        const credentials = { user: name, password: undefined, from: "the test" };
        await backUp(shared.engine, { ...shared.access, credentials }, name);
      } finally {
        await sql.unsafe(`drop role ${quoted(name)}`);
      }
    });
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function backUp(
  ...[engine, access, name]: [
    Parameters<typeof ServerSession.open>[0],
    Parameters<typeof ServerSession.open>[1],
    string,
  ]
): Promise<void> {
  await using session = await ServerSession.open(engine, access, newRunId());
  const sql = await session.login(name);
  await using snapshot = await Snapshot.take(sql);
  await inSnapshot(sql, snapshot, async (transaction) => {
    const rows = await countRows(transaction, snapshot.tables);
    assert.deepEqual(rows, [{ schema: name, name, rows: 1 }]);
    assert.equal((await readDatabaseFacts(transaction)).owner, "postgres");
    const [self] = await transaction<{ database: string; user: string }[]>`
      select current_database() as database, current_user as user`;
    assert.deepEqual({ ...self }, { database: name, user: name });
  });

  const chunks: Uint8Array[] = [];
  const sink = (data: Uint8Array) => Promise.resolve(void chunks.push(data.slice()));
  const format = { format: "custom", compression: "none" } as const;
  const signal = AbortSignal.timeout(60_000);
  const tables: string[] = [];
  const what = { database: name, snapshot, format };
  await dumpDatabase(session, what, sink, (table) => tables.push(table), signal);
  // Progress comes in lines.
  if (!name.includes("\n")) assert.deepEqual(tables, [`${name}.${name}`]);
  await fullRead(session, ReadableStream.from(chunks), format, signal);
  await dumpGlobals(
    session,
    { database: name, encoding: snapshot.encoding, withPasswords: true },
    sink,
    signal,
  );

  const ask = ["psql", "-XAtwc", "select current_database()"];
  const { stdout, stderr } = await session.runTool(ask, { database: name });
  assert.equal(stdout, `${name}\n`, stderr);
}
