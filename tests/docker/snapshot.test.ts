import assert from "node:assert/strict";
import type postgres from "postgres";
import { newRunId } from "../../src/core/run.ts";
import type { Sql } from "../../src/postgres/connection.ts";
import { countRows } from "../../src/postgres/facts.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { inSnapshot, Snapshot } from "../../src/postgres/snapshot.ts";
import { restoredRows } from "./dump_and_restore.ts";
import { server, type TestDatabase } from "./fixtures.ts";
import { eventually } from "./polling.ts";

interface Stage extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly session: ServerSession;
  readonly sql: Sql;
  /** Waits until this many of the session's connections wait for a lock. */
  untilWaiting(waiting: number): Promise<void>;
}

/** A database with a script in it, and a session of oakum's, as `user` where one is named. */
async function stage(script: string, user?: string): Promise<Stage> {
  const { engine, access, createDatabase } = await server("postgres17");
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createDatabase());
  await database.sql.unsafe(script);
  const credentials = user ? { ...access.credentials, user } : access.credentials;
  const opened = await ServerSession.open(engine, { ...access, credentials }, newRunId());
  const session = stack.use(opened);
  const untilWaiting = (waiting: number) =>
    eventually(async () => {
      const rows = await database.sql`select from pg_stat_activity
        where application_name = ${`oakum/${session.runId}`} and wait_event_type = 'Lock'`;
      assert.equal(rows.length, waiting);
    });
  const sql = await session.login(database.name, { timeouts: { lock: 60_000 } });
  return {
    ...{ database, session, sql, untilWaiting },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Runs `work` while another session holds a table so that nobody can read it. */
async function whileLocked(
  { database }: Stage,
  table: string,
  work: (other: postgres.ReservedSql) => Promise<void>,
): Promise<void> {
  const other = await database.sql.reserve();
  try {
    await other`begin`;
    await other.unsafe(`lock table ${table} in access exclusive mode`);
    await work(other);
    await other`commit`;
  } finally {
    other.release();
  }
}

/** The rows that a backup's manifest would name, by table. */
async function countedRows({ sql }: Stage, snapshot: Snapshot): Promise<Record<string, number>> {
  const rows = await inSnapshot(sql, snapshot, (held) => countRows(held, snapshot.tables));
  return Object.fromEntries(rows.map(({ schema, name, rows }) => [`${schema}.${name}`, rows]));
}

Deno.test("Snapshot.take() sees what was truncated, dropped and created while it waited", async () => {
  await using at = await stage(`
    create table a as select generate_series(1, 10) n;
    create table b as select generate_series(1, 20) n;
    create table c as select generate_series(1, 30) n;
    create table d as select generate_series(1, 40) n;`);
  let taking: Promise<Snapshot> | undefined;
  await whileLocked(at, "a", async (other) => {
    taking = Snapshot.take(at.sql);
    await at.untilWaiting(1);
    await other`truncate a`;
    await other`insert into a select generate_series(1, 5)`;
    await other`drop table b`;
    await other`alter table c rename to renamed`;
    await other`alter table d add column more int default 7`;
    await other`create table created as select generate_series(1, 6) n`;
  });
  await using snapshot = await taking!;
  const counted = await countedRows(at, snapshot);
  const expected = { "public.a": 5, "public.created": 6, "public.d": 40, "public.renamed": 30 };
  assert.deepEqual(counted, expected);
  assert.deepEqual(await restoredRows(at.session, at.database, snapshot), expected);
});

Deno.test("Snapshot.take() holds tables as they are; what is created later is in no dump", async () => {
  await using at = await stage(`
    create table a as select generate_series(1, 10) n;
    create table parent (n int) partition by list (n);
    create table leaf partition of parent for values in (1);`);
  await using snapshot = await Snapshot.take(at.sql);
  const { sql } = at.database;
  await sql`create table later as select 1 as n`;
  await sql`insert into a select generate_series(1, 100)`;
  await sql`delete from a where n < 5`;
  const forbidden = [
    "truncate a",
    "drop table a",
    "alter table a add column more int",
    "drop table parent",
    "truncate leaf",
    "alter table parent add column more int",
    "vacuum full a",
  ];
  const other = await sql.reserve();
  await other`set lock_timeout = '100ms'`;
  for (const statement of forbidden) {
    await assert.rejects(Promise.resolve(other.unsafe(statement)), { code: "55P03" }, statement);
  }
  other.release();
  const expected = { "public.a": 10, "public.leaf": 0 };
  assert.deepEqual(await countedRows(at, snapshot), expected);
  assert.deepEqual(await restoredRows(at.session, at.database, snapshot), expected);
});

Deno.test("Snapshot.take() gives up where tables come and go at every try", async () => {
  await using at = await stage("create table a as select 1 as n");
  // Two sessions take turns: while one holds the table and makes another, the next one queues up
  // behind the snapshot, so that it has the table again at the snapshot's next try.
  const others = await Promise.all([at.database.sql.reserve(), at.database.sql.reserve()]);
  const lock = async (turn: number) => {
    const other = others[turn % 2]!;
    await other`begin`;
    await other`lock table a in access exclusive mode`;
  };
  await lock(0);
  const failure = assert.rejects(Snapshot.take(at.sql), { code: "tables-change" });
  for (let turn = 0; turn < 5; turn++) {
    await at.untilWaiting(1);
    const next = turn < 4 ? lock(turn + 1) : Promise.resolve();
    if (turn < 4) await untilQueued(at);
    const other = others[turn % 2]!;
    await other.unsafe(`create table made_${turn} ()`);
    await other`commit`;
    await next;
  }
  await failure;
  for (const other of others) other.release();
});

/** Waits until somebody waits for a lock that excludes everyone. */
function untilQueued({ database }: Stage): Promise<void> {
  return eventually(async () => {
    const rows = await database.sql`select from pg_locks where not granted
      and mode = 'AccessExclusiveLock' and relation = 'public.a'::regclass`;
    assert.equal(rows.length, 1);
  });
}

Deno.test("Snapshot.take() names who holds a table", async () => {
  await using at = await stage("create schema shop; create table shop.orders as select 1 as n");
  await whileLocked(at, "shop.orders", async (other) => {
    const [self] = await other<{ pid: number }[]>`select pg_backend_pid() as pid`;
    const impatient = at.session.sql(at.database.name, { timeouts: { lock: 200 } });
    await assert.rejects(Snapshot.take(impatient), {
      code: "table-locked",
      outcome: "failed",
      message: new RegExp(
        `shop\\.orders is locked by server process ${self?.pid} ` +
          `\\(oakum-test, user postgres, for .*\\), so the backup cannot begin`,
      ),
    });
  });
});

Deno.test("Snapshot.take() names a prepared transaction that holds a table", async () => {
  await using at = await stage("create table a as select 1 as n");
  await whileLocked(at, "a", async (other) => {
    await other.unsafe(`prepare transaction '${at.database.name}'`);
  });
  const impatient = at.session.sql(at.database.name, { timeouts: { lock: 200 } });
  const message = /public\.a is locked by a prepared transaction/;
  await assert.rejects(Snapshot.take(impatient), { code: "table-locked", message });
  await at.database.sql.unsafe(`rollback prepared '${at.database.name}'`);
});

/** Runs with a role that is not a superuser, and is gone afterwards. */
async function withRole(work: (role: string) => Promise<void>): Promise<void> {
  const shared = await server("postgres17");
  const admin = shared.sql("postgres", { max: 1 });
  const role = `role_${newRunId()}`;
  await admin`create role ${admin(role)} login`;
  try {
    await work(role);
  } finally {
    await admin`drop role ${admin(role)}`.finally(() => admin.end());
  }
}

Deno.test("Snapshot.take() refuses a user who may not read a table", async () => {
  await withRole(async (role) => {
    await using at = await stage("create table open_one (); create table closed_one ();", role);
    await at.database.sql.unsafe(`grant select on open_one to ${role}`);
    const message = /may not read every table: .*closed_one/;
    const refusal = { code: "table-forbidden", outcome: "refused", message };
    await assert.rejects(Snapshot.take(at.sql), refusal);
    await at.database.sql.unsafe(`drop owned by ${role}`);
  });
});

Deno.test("Snapshot.take() refuses a user from whom policies hide rows, owner or not", async () => {
  await withRole(async (role) => {
    await using at = await stage(
      `
      create table owned as select generate_series(1, 10) n;
      alter table owned owner to ${role};
      alter table owned enable row level security;
      create policy few on owned using (n < 3);`,
      role,
    );
    // Row-level security does not bind an owner, until it is forced.
    await (await Snapshot.take(at.sql))[Symbol.asyncDispose]();
    await at.database.sql`alter table owned force row level security`;
    const message = `Row-level security hides rows of public.owned from the user "${role}".`;
    const refusal = { code: "row-security", outcome: "refused", message };
    await assert.rejects(Snapshot.take(at.sql), refusal);
    await at.database.sql.unsafe(`drop owned by ${role}`);
  });
});

Deno.test("Snapshot.take() counts each row that a dump holds, once and nowhere else", async () => {
  await using at = await stage(`
    create extension hstore;
    create extension postgres_fdw;
    create schema "Other Schema";
    create table "Other Schema"."Odd "" Name" as select generate_series(1, 3) n;
    create table parent (n int) partition by range (n);
    create table low partition of parent for values from (0) to (10);
    create table high partition of parent for values from (10) to (100) partition by list (n);
    create table fifty partition of high for values in (50);
    insert into parent values (1), (2), (50);
    create table base (n int);
    create table derived () inherits (base);
    insert into base values (1);
    insert into derived values (2), (3);
    create unlogged table unlogged_one as select generate_series(1, 4) n;
    create materialized view materialized as select generate_series(1, 5) n;
    create view seen as select generate_series(1, 6) n;
    create table generated (n int, twice int generated always as (n * 2) stored);
    insert into generated (n) select generate_series(1, 7);
    create server elsewhere foreign data wrapper postgres_fdw;
    create foreign table far_away (n int) server elsewhere;
    create table nothing ();`);
  const other = await at.database.sql.reserve();
  await other`create temp table temporary as select generate_series(1, 8) n`;
  await using snapshot = await Snapshot.take(at.sql);
  const expected = {
    'Other Schema.Odd " Name': 3,
    "public.base": 1,
    "public.derived": 2,
    "public.fifty": 1,
    "public.generated": 7,
    "public.low": 2,
    "public.nothing": 0,
    "public.unlogged_one": 4,
  };
  assert.deepEqual(await countedRows(at, snapshot), expected);
  assert.deepEqual(await restoredRows(at.session, at.database, snapshot), expected);
  other.release();
});
