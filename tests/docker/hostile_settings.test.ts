import assert from "node:assert/strict";
import { newRunId } from "../../src/core/run.ts";
import { dumpDatabase, dumpGlobals } from "../../src/postgres/dump.ts";
import {
  countLargeObjects,
  countRows,
  readDatabaseFacts,
  readMigrationState,
  readSequences,
} from "../../src/postgres/facts.ts";
import { readFingerprint } from "../../src/postgres/fingerprint.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { inSnapshot, Snapshot } from "../../src/postgres/snapshot.ts";
import { server, type TestDatabase, type TestServer } from "./fixtures.ts";

const SCHEMA = `
  create table public.alembic_version (version_num varchar(32) primary key);
  insert into public.alembic_version values ('abc');
  create table public.things (id serial primary key, at timestamptz default '2026-11-22 15:00+01',
    label text check (label <> 'x\\y'), weight real default 0.1, raw bytea default '\\x00ff',
    every interval default '1 day 2 hours');
  insert into public.things (label) select 'thing € ' || n from generate_series(1, 1000) n;
  select lo_from_bytea(0, 'large');`;

/** What a user may have put before the system's own names. */
const TRAP = `
  create schema evil;
  create function evil.never(text, text) returns bool language sql as 'select false';
  create operator evil.= (leftarg = text, rightarg = text, function = evil.never);
  create function evil.never(name, name) returns bool language sql as 'select false';
  create operator evil.= (leftarg = name, rightarg = name, function = evil.never);
  create function evil.format(text, variadic text[]) returns text language sql as $$select 'evil'$$;
  create function evil.pg_export_snapshot() returns text language sql as $$select 'evil'$$;
  create function evil.current_database() returns name language sql as $$select 'evil'::name$$;
  create view evil.pg_class as select * from pg_catalog.pg_class where false;
  create view evil.pg_namespace as select * from pg_catalog.pg_namespace where false;`;

const SETTINGS: Record<string, string> = {
  statement_timeout: "1ms",
  lock_timeout: "1ms",
  idle_in_transaction_session_timeout: "1ms",
  idle_session_timeout: "1ms",
  default_transaction_read_only: "on",
  default_transaction_isolation: "serializable",
  default_transaction_deferrable: "on",
  row_security: "on",
  search_path: "evil, public, pg_catalog",
  client_encoding: "LATIN1",
  DateStyle: "German, DMY",
  TimeZone: "Pacific/Chatham",
  IntervalStyle: "sql_standard",
  bytea_output: "escape",
  standard_conforming_strings: "off",
  backslash_quote: "off",
  quote_all_identifiers: "on",
  extra_float_digits: "-15",
  client_min_messages: "error",
};

async function look(shared: TestServer, database: TestDatabase) {
  const { engine, access } = shared;
  await using session = await ServerSession.open(engine, access, newRunId());
  const sql = await session.login(database.name);
  await using snapshot = await Snapshot.take(sql);
  // Longer than any of the timeouts.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const seen = await inSnapshot(sql, snapshot, async (transaction) => ({
    facts: await readDatabaseFacts(transaction),
    rows: await countRows(transaction, snapshot.tables),
    sequences: await readSequences(transaction),
    largeObjects: await countLargeObjects(transaction),
    migrations: await readMigrationState(transaction),
    fingerprint: (await readFingerprint(transaction)).sha256,
  }));
  const signal = AbortSignal.timeout(60_000);
  const lines = (text: string) =>
    text.split("\n").filter((line) => !/^\\(un)?restrict|^-- (Started|Completed)/.test(line));
  const dump = new Text();
  const format = { format: "plain", compression: "none" } as const;
  const what = { database: database.name, snapshot, format };
  await dumpDatabase(session, what, dump.sink, () => {}, signal);
  const globals = new Text();
  await dumpGlobals(
    session,
    { database: database.name, encoding: snapshot.encoding, withPasswords: true },
    globals.sink,
    signal,
  );
  assert.match(globals.text, /CREATE ROLE postgres/);
  // What a restore does: it writes.
  await sql`create table public.written ()`;
  await sql`drop table public.written`;
  const { code, stderr } = await session.runTool(
    ["psql", "-Xc", "create table public.written ()"],
    {
      database: database.name,
    },
  );
  assert.equal(code, 0, stderr);
  await sql`drop table public.written`;
  return { ...seen, dump: lines(dump.text) };
}

class Text {
  text = "";
  readonly #decoder = new TextDecoder();
  readonly sink = (data: Uint8Array) => {
    this.text += this.#decoder.decode(data, { stream: true });
    return Promise.resolve();
  };
}

for (const image of ["postgres17", "postgres15"] as const) {
  Deno.test(`sessions on ${image} work alike whatever a database sets for its users`, async () => {
    const shared = await server(image);
    await using database = await shared.createDatabase();
    await database.sql.unsafe(SCHEMA + TRAP);
    const before = await look(shared, database);

    const admin = shared.sql("postgres", { max: 1 });
    const settings = image === "postgres17"
      ? { ...SETTINGS, transaction_timeout: "1ms" }
      : SETTINGS;
    for (const [name, value] of Object.entries(settings)) {
      const path = name === "search_path" ? value : `'${value}'`;
      await admin.unsafe(`alter role postgres in database ${database.name} set ${name} = ${path}`);
    }
    await admin.end();
    const { facts, ...after } = await look(shared, database);
    assert.equal(facts.settings.length, Object.keys(settings).length);
    const unset = { ...facts, settings: [], bytes: before.facts.bytes };
    assert.deepEqual({ facts: unset, ...after }, before);
    assert.equal(before.rows.find(({ name }) => name === "things")?.rows, 1000);
    assert.deepEqual(before.migrations?.revisions, ["abc"]);
  });
}
