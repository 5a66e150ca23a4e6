import assert from "node:assert/strict";
import type { Question } from "../../src/core/ask.ts";
import type { Reached } from "../../src/operations/migrate/standing.ts";
import { freshBackup } from "../../src/operations/rollback/fresh_backup.ts";
import type { WayBack } from "../../src/operations/rollback/way.ts";
import { inTransaction } from "../../src/postgres/held.ts";
import { agreeable } from "./agreeable.ts";
import { BackupFolder, contextOf, failure, makeShop, quoted } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
Deno.test.beforeAll(async () => {
  server = await startServer();
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await server[Symbol.asyncDispose]();
});

const bids = (name: string) => server.psql(name, "select count(*) from public.bids");

Deno.test("restore() brings a damaged database back and keeps the damaged one", async () => {
  await makeShop(server, "damaged");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("damaged");
  await server.psql("damaged", "delete from bids where id > 100; drop view open_artworks");

  const report = await folder.restore(backup);

  assert.equal(await server.psql("damaged", "select count(*), max(id) from bids"), "5000|5000");
  assert.equal(await server.psql("damaged", "select count(*) from open_artworks"), "50");
  assert.equal(report.rows, 5050);
  assert.deepEqual(report.warnings, []);
  assert.deepEqual(report.restart, ["web"]);
  assert.equal(await server.psql(report.keptAs!, "select count(*) from bids"), "100");
});

Deno.test("restore() says what it brings back, and what the database is at by now", async () => {
  await makeShop(server, "moved");
  const version = "create table alembic_version (version_num varchar(32) primary key)";
  await server.psql("moved", `${version}; insert into alembic_version values ('bbbb2')`);
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("moved", { reason: "before rollback bbbb2" });
  await server.psql("moved", "update alembic_version set version_num = 'aaaa1'");
  const { reason, revisions, standsAt } = await folder.plan(backup);
  assert.deepEqual([reason, revisions, standsAt], ["before rollback bbbb2", ["bbbb2"], ["aaaa1"]]);
  const asked: string[] = [];
  const ask = {
    ...agreeable,
    confirm: ({ details = [] }: Question) => Promise.resolve(void asked.push(...details)),
  };
  await folder.restore(backup, { context: { ...contextOf(server), ask } });
  assert.ok(
    asked.includes('It is at revision bbbb2, and "moved" is at revision aaaa1 now.'),
    asked.join("\n"),
  );
});

Deno.test("restore() says what of now goes with it, as far as it can be told", async (t) => {
  await makeShop(server, "written");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("written");
  const loses = async () => (await folder.plan(backup)).loses;
  const header = "What is in it now and not in this backup goes with it:";

  await t.step("nothing", async () => {
    assert.deepEqual(await loses(), ["Nothing was written to its tables since this backup."]);
  });
  await t.step("rows that were added, changed and deleted, and a new table", async () => {
    await server.psql(
      "written",
      `create table notes as select 1 as n; update bids set cents = 1 + cents where id in (1, 2);
       insert into artworks (title) values ('a new one'), ('another')`,
    );
    assert.deepEqual(await loses(), [
      header,
      "  public.artworks: 2 rows added or changed since",
      "  public.bids: 2 rows added or changed since",
      "  public.notes, made since, with 1 row",
    ]);
    await server.psql("written", "delete from bids where id between 10 and 19");
    assert.ok((await loses()).includes(
      "  public.bids: 2 rows added or changed since; 10 rows of the backup that were deleted come back",
    ));
  });
  await t.step("in a database that was loaded since, by the number of rows alone", async () => {
    await folder.restore(backup);
    assert.deepEqual(await loses(), [
      "Each table has as many rows as in this backup; changed values are not told by that.",
    ]);
    await server.psql("written", "delete from bids where id < 11; drop table artworks cascade");
    assert.deepEqual(await loses(), [
      header,
      "  public.bids has 4,990 rows, and 5,000 in the backup",
      "  public.artworks comes back, with 50 rows",
    ]);
  });
  await t.step("nothing, where a database is made beside it", async () => {
    assert.deepEqual((await folder.plan(backup, { into: "beside" })).loses, []);
  });
});

Deno.test("a rollback takes the backup of its dry run again only where nothing has changed", async (t) => {
  await makeShop(server, "tried");
  await server.psql("tried", "select lo_unlink(oid) from pg_largeobject_metadata");
  await using folder = await BackupFolder.make(server);
  const target = folder.target("tried");
  const backup = { dir: folder.dir, format: "custom", verify: "none", accept: true } as const;
  const down = [{ revision: { id: "bbbb2" } }] as unknown as WayBack["down"];
  const fresh = async () => {
    await using session = await server.session();
    const place = { session, database: { name: "tried" } } as Reached;
    const asked = { backup, target, to: undefined, allow: [] };
    const taken = await freshBackup(contextOf(server), place, asked, { down });
    return taken?.taken.id;
  };
  const first = await fresh();
  assert.equal(await fresh(), first);
  const changes = [
    "update bids set cents = cents where id = 1",
    "delete from bids where id = 2",
    "create index on bids (cents)",
    "select nextval('bids_id_seq')",
    "alter database tried set work_mem = '8MB'",
    "select lo_from_bytea(0, 'a large object')",
  ];
  let last = first;
  for (const change of changes) {
    await t.step(change, async () => {
      await server.psql("tried", change);
      const next = await fresh();
      assert.notEqual(next, last);
      last = next;
    });
  }
});

Deno.test("restore() is not kept from its work by a database that cannot be read", async () => {
  await makeShop(server, "locked");
  await server.psql("locked", "create table alembic_version (version_num varchar(32) primary key)");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("locked");
  await using session = await server.session();
  await inTransaction(session.sql("locked"), async (sql) => {
    await sql`lock table public.alembic_version`;
    const { revisions, standsAt } = await folder.plan(backup);
    assert.deepEqual([revisions, standsAt], [[], null]);
  });
});

for (const compression of ["none", "gzip:1"]) {
  Deno.test(`restore() loads a plain dump with compression ${compression}`, async () => {
    const name = `plain_${compression.replace(":", "_")}`;
    await makeShop(server, name);
    await using folder = await BackupFolder.make(server);
    const backup = await folder.backUp(name, { format: "plain", compression });
    await server.psql(name, "truncate bids");
    await folder.restore(backup);
    assert.equal(await bids(name), "5000");
  });
}

for (
  const name of [
    "With Spaces",
    "a\"b'c.d;--=x",
    "umläute größe ÄÖÜ",
    "x".repeat(60),
    "ü".repeat(31),
    "postgres",
  ]
) {
  Deno.test(`restore() and its undo work for a database named ${name}`, async () => {
    await makeShop(server, name);
    await using folder = await BackupFolder.make(server);
    const backup = await folder.backUp(name);
    await server.psql(name, "truncate bids");
    await folder.restore(backup);
    assert.equal(await bids(name), "5000");
    await folder.undo(name);
    assert.equal(await bids(name), "0");
    await folder.finalize(name);
  });
}

Deno.test("restore() carries owner, rights, limit, comment and settings over exactly", async () => {
  await makeShop(server, "carried");
  await server.psql(
    "carried",
    `
    create role "an owner" superuser; create role "app, ro"; create role app; create role other;
    alter database carried owner to "an owner";
    alter database carried connection limit 17;
    comment on database carried is 'it''s "the" shop';
    alter database carried set search_path to "$user", 'we,ird', public;
    alter database carried set session_preload_libraries to 'auto_explain', 'pg_stat_statements';
    alter database carried set datestyle to 'German, DMY';
    alter database carried set statement_timeout to '1ms';
    alter database carried set default_transaction_read_only to on;
    alter database carried set app.tenant to 'it''s, "me"';
    alter role app in database carried set search_path to other;
    alter role app in database carried set work_mem to '7MB';
    revoke all on database carried from public;
    revoke temporary on database carried from "an owner";
    grant connect on database carried to app with grant option;
    set role app; grant connect on database carried to "app, ro"; reset role;
    grant create on database carried to other;
  `,
  );
  const look = `
    select array(select item::text from unnest(datacl) item order by 1), datconnlimit, datdba::regrole, shobj_description(oid, 'pg_database')
      from pg_database where datname = 'carried';
    select setrole::regrole, setting from pg_db_role_setting, unnest(setconfig) setting
      where setdatabase = (select oid from pg_database where datname = 'carried') order by 1, 2`;
  const before = await server.psql("postgres", look);
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("carried");
  const { keptAs } = await folder.restore(backup);
  assert.equal(await server.psql("postgres", look), before);

  // The same from the manifest alone, once the database is gone.
  await server.psql("postgres", `drop database carried; drop database ${quoted(keptAs!)}`);
  const report = await folder.restore(backup);
  assert.equal(report.keptAs, null);
  assert.equal(report.undo, null);
  assert.equal(await server.psql("postgres", look), before);
});

Deno.test("restore() --into makes a database beside and refuses a name that is taken", async () => {
  await makeShop(server, "beside");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("beside");
  await server.psql("beside", "truncate bids");

  const report = await folder.restore(backup, { into: "look at it" });
  assert.deepEqual([report.keptAs, report.restart], [null, []]);
  assert.deepEqual([await bids("look at it"), await bids("beside")], ["5000", "0"]);

  const error = await failure(folder.restore(backup, { into: "look at it" }));
  assert.deepEqual([error.code, error.outcome], ["database-exists", "refused"]);
});

Deno.test("restore() of a dry run hands back the plan and changes nothing", async () => {
  await makeShop(server, "planned");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("planned");
  const before = await server.databases();
  const plan = await folder.plan(backup);
  assert.equal(plan.kind, "restore-plan");
  assert.ok((plan.replaces?.bytes ?? 0) > 1_000_000);
  assert.match(plan.loadsInto, /^planned__restore_[0-9a-f]{10}$/);
  assert.deepEqual(await server.databases(), before);
});

Deno.test("restore() brings back a database with every extension of the tested list", async () => {
  await makeShop(server, "contrib");
  const names = await server.psql(
    "contrib",
    `select format('create extension if not exists %I cascade', name)
       from pg_available_extensions \\gexec
     select count(*) from pg_extension`,
  );
  assert.ok(Number(names) > 40, names);
  await using folder = await BackupFolder.make(server);
  const report = await folder.restore(await folder.backUp("contrib"));
  assert.deepEqual(report.warnings, []);
});
