import assert from "node:assert/strict";
import { join } from "node:path";
import type { Backup } from "../../src/backups/list.ts";
import type { Ownership } from "../../src/backups/manifest.ts";
import { findBackup } from "../../src/backups/find.ts";
import { listTarget } from "../../src/backups/list.ts";
import { runCommand } from "../../src/docker/run.ts";
import { adopt } from "../../src/operations/adopt.ts";
import { readFingerprint, schemaDifferences } from "../../src/postgres/fingerprint.ts";
import { inTransaction } from "../../src/postgres/held.ts";
import { nameOf, ownershipDifferences, readOwnership } from "../../src/postgres/ownership.ts";
import { BackupFolder, contextOf, failure } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";
import { DEEDS, HOME, hostileSql, RAN, RUN } from "./sql/hostile.ts";

let server: RestoreServer;
let folder: BackupFolder;
let hostile: Backup;
Deno.test.beforeAll(async () => {
  server = await startServer();
  folder = await BackupFolder.make(server);
  await server.psql("postgres", "create role oakum_witness");
  await server.psql("postgres", "create database victim");
  await server.psql("postgres", "create database bystander");
  await server.psql("victim", "create table deeds (deed text); insert into deeds values ('none')");
  await server.psql("postgres", `create database ${HOME}`);
  await server.psql(HOME, hostileSql());
  hostile = adopted(await folder.backUp(HOME));
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await folder[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** As one that was made of another tool's file. */
function adopted(backup: Backup): Backup {
  const from = { file: "hostile.sql", writtenAt: null };
  return { ...backup, manifest: { ...backup.manifest, adopted: from } };
}

/** Deeds that were done on the server; a session of `witness` must be in the database `victim`. */
async function deedsDone(): Promise<string[]> {
  const done: string[] = [];
  for (const [name, { trace }] of Object.entries(DEEDS)) {
    const found = await server.psql("victim", trace).catch(() => "t");
    if (found === "t") done.push(name);
  }
  return done;
}

/** Places whose code ran, each with whether that was as a superuser. */
async function placesRun(): Promise<Map<string, string>> {
  const log = await server.engine.logTail(server.id, 1_000_000);
  const lines = log.matchAll(new RegExp(`${RAN}(.*) \\((on|off)\\)`, "g"));
  return new Map(Array.from(lines, ([, place, superuser]) => [place!, superuser!]));
}

/** A session of somebody else's, for as long as the work takes. */
async function withWitness<T>(work: () => Promise<T>): Promise<T> {
  const cmd = ["psql", "-U", "postgres", "-d", "victim", "-c", "select pg_sleep(3600)"];
  const env = { PGAPPNAME: "witness" };
  const watching = runCommand(server, { cmd, env });
  try {
    return await work();
  } finally {
    const end =
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%3600%' " +
      "and pid <> pg_backend_pid()";
    await server.psql("postgres", end);
    await watching;
  }
}

Deno.test("code in a foreign dump's objects runs with no more rights than an ordinary owner's", async () => {
  await withWitness(async () => {
    const report = await folder.restore(hostile, { into: "looked" });
    assert.deepEqual(await deedsDone(), []);
    assert.match(report.warnings.join("\n"), /superuser's rights, whoever calls.*act_definer\(\)/);
    assert.match(report.warnings.join("\n"), /runs them as a superuser: .*act\(text,integer\)/);
  });
  // It was run, and it tried.
  const ran = await placesRun();
  assert.deepEqual(RUN.filter((place) => ran.get(place) !== "off"), []);
  const roles = "select count(*) from pg_roles where rolname like 'oakum_load%'";
  assert.equal(await server.psql("postgres", roles), "0");
  const owners = "select distinct pg_get_userbyid(relowner) from pg_class where oid >= 16384";
  assert.equal(await server.psql("looked", owners), "postgres");
  await server.psql("postgres", "drop database looked");
});

Deno.test("a hostile file of another tool does nothing on the live server", async () => {
  const path = join(folder.dir, "hostile.sql");
  const cmd = ["pg_dump", "-U", "postgres", HOME];
  await Deno.writeTextFile(path, (await runCommand(server, { cmd })).stdout);
  const context = contextOf(server);
  const target = folder.target("victim");
  const { backup: { manifest: { id } } } = await (async () => {
    await using live = await server.session(context.runId);
    const database = { server: server.access, name: "victim" };
    return await adopt(context, { path, dir: folder.dir, target, database, live });
  })();
  const { backup } = findBackup(await listTarget(folder.dir, target), id);
  await withWitness(async () => {
    await folder.restore(backup, { into: "of_file" });
    assert.deepEqual(await deedsDone(), []);
  });
});

/** Owners, rights and kinds of objects as an ordinary database has them. */
const ORDINARY = `
create role keeper; create role clerk login; create role guest;
create extension citext; create extension hstore; comment on extension hstore is 'ours';
create schema "odd schema" authorization keeper; create extension pg_trgm schema "odd schema";
create schema shop authorization keeper; grant usage on schema shop to clerk, guest;
create type shop.state as enum ('open', 'shut'); alter type shop.state owner to keeper;
revoke usage on type shop.state from public; grant usage on type shop.state to clerk;
create domain shop.email as citext check (value ~ '@');
create type shop.pair as (a int, b int); alter type shop.pair owner to keeper;
create type shop.span as range (subtype = int); alter type shop.span owner to clerk;
create table shop.lots (id serial primary key, title citext, at date, kind shop.state default 'open');
alter table shop.lots owner to keeper;
grant select, update (title) on shop.lots to clerk with grant option;
set role clerk; grant select on shop.lots to guest; reset role;
grant select (id) on shop.lots to public;
insert into shop.lots (title) select 'lot ' || n from generate_series(1, 100) n;
create table shop.parts (id int, n int) partition by list (n); alter table shop.parts owner to clerk;
create table shop.parts_1 partition of shop.parts for values in (1); insert into shop.parts values (1, 1);
alter table shop.lots enable row level security; alter table shop.lots force row level security;
create policy mine on shop.lots to clerk using (title <> 'secret');
create view shop.open as select * from shop.lots; alter view shop.open owner to clerk;
create materialized view shop.counted as select count(*) from shop.lots;
alter materialized view shop.counted owner to keeper; grant select on shop.counted to guest;
create function shop.total(int, out n bigint) language sql as 'select count(*) from shop.lots';
revoke execute on function shop.total(int) from public; grant execute on function shop.total(int) to clerk;
alter function shop.total(int) owner to keeper;
create procedure shop.work() language sql as 'select 1'; alter procedure shop.work() owner to clerk;
create aggregate shop.sum2(int) (sfunc = int4pl, stype = int); alter aggregate shop.sum2(int) owner to clerk;
create operator shop.=== (leftarg = int, rightarg = int, function = int4eq);
alter operator shop.=== (int, int) owner to clerk;
create collation shop.plain from "C"; alter collation shop.plain owner to keeper;
create text search configuration shop.words (copy = simple);
alter text search configuration shop.words owner to clerk;
create statistics shop.both on id, at from shop.lots; alter statistics shop.both owner to keeper;
create publication part for table shop.parts;
select lo_from_bytea(4711, 'x'); grant select on large object 4711 to clerk;
alter large object 4711 owner to keeper;
alter default privileges for role keeper in schema shop grant select on tables to guest;
alter default privileges for role keeper revoke execute on functions from public;
grant create on schema public to clerk; comment on table shop.lots is 'a "comment"';
create table public.plain (n int); create rule only_one as on delete to plain do instead nothing;
alter database ordinary set search_path = shop, public; alter database ordinary set log_statement = 'all';
grant execute on function pg_read_file(text) to guest;
`;

Deno.test("an ordinary foreign dump has all of its owners and rights", async () => {
  await server.psql("postgres", "create database ordinary");
  await server.psql("ordinary", ORDINARY);
  const backup = adopted(await folder.backUp("ordinary"));
  const { warnings } = await folder.restore(backup, { into: "copied" });
  await using session = await server.session();
  const [before, after] = await Promise.all(
    ["ordinary", "copied"].map((name) =>
      inTransaction(session.sql(name, { max: 1 }), async (sql) => ({
        schema: await readFingerprint(sql),
        owners: await readOwnership(sql),
      }))
    ),
  );
  assert.deepEqual(schemaDifferences(before!.schema, after!.schema), []);
  const own = ({ things }: Ownership) => things.filter(({ of }) => of === undefined);
  assert.deepEqual(own(after!.owners).map(nameOf), own(before!.owners).map(nameOf));
  assert.deepEqual(ownershipDifferences(before!.owners, after!.owners), []);
  // What no owner of a database may give is named, and not given.
  assert.match(
    warnings.join("\n"),
    /Rights on the function pg_catalog\.pg_read_file.* are left out/,
  );
  assert.match(warnings.join("\n"), /only a superuser may choose are left out: log_statement/);
  const may = "select has_function_privilege('guest', 'pg_read_file(text)', 'execute')";
  assert.equal(await server.psql("copied", may), "f");
  assert.equal(await server.psql("copied", "show search_path"), "shop, public");
});

Deno.test("what only a superuser can make is refused by its name", async () => {
  await server.psql("postgres", "create database beyond");
  const objects = `create function f() returns event_trigger language plpgsql as 'begin end';
    create event trigger watch on ddl_command_end execute function f(); create extension dblink;
    create publication everything for all tables; create table t (n int)`;
  await server.psql("beyond", objects);
  const backup = adopted(await folder.backUp("beyond"));
  const error = await failure(folder.restore(backup, { into: "no" }));
  assert.deepEqual([error.code, error.outcome], ["dump-code", "refused"]);
  assert.match(error.message, /extension dblink, event trigger watch, publication everything/);
  assert.match(error.hint ?? "", /every database of this server.*--allow dump-code/);
  const report = await folder.restore(backup, { into: "yes", allow: ["dump-code"] });
  assert.equal(report.database, "yes");
});

/** What a forged manifest says of things that are none of its database's own. */
const FORGED: Ownership["things"] = [
  { type: "database", names: ["victim"], owner: "oakum_witness" },
  { type: "database", names: ["victim"], acl: ["=CTc/postgres", "oakum_witness=CTc/postgres"] },
  { type: "tablespace", names: ["pg_default"], acl: ["oakum_witness=C/postgres"] },
  {
    type: "function",
    names: ["pg_catalog", "pg_read_file"],
    args: ["pg_catalog.text"],
    acl: ["=X/postgres", "postgres=X/postgres"],
  },
  {
    type: "table",
    names: ["pg_catalog", "pg_authid"],
    acl: ["=r/postgres"],
    owner: "oakum_witness",
  },
];

Deno.test("a forged manifest gives nobody what is not its database's own", async () => {
  const { manifest, ...rest } = adopted(await folder.backUp("victim"));
  const ownership = manifest.ownership!;
  const state = `select pg_get_userbyid(datdba), datacl, has_function_privilege('oakum_witness',
    'pg_read_file(text)', 'execute'), has_table_privilege('oakum_witness', 'pg_authid', 'select'),
    has_tablespace_privilege('oakum_witness', 'pg_default', 'create')
    from pg_database where datname = 'victim'`;
  const before = await server.psql("postgres", state);
  const restoring = async (things: Ownership["things"]) => {
    const forged = { ...manifest, ownership: { ...ownership, things } };
    return await failure(folder.restore({ ...rest, manifest: forged }, { into: "forged" }));
  };
  const differs = await restoring(FORGED);
  assert.match(differs.message, /Owners or rights are not those of the backup/);
  assert.equal(await server.psql("postgres", state), before);
  const injected = { type: "table", names: ["public", "deeds"], owner: "x; drop table deeds" };
  const error = await restoring([injected]);
  assert.match(error.message, /role "x; drop table deeds" does not exist/);
});

Deno.test("who owns what in a foreign backup of an older oakum is read in a sandbox", async () => {
  await server.psql("postgres", "create database older; create role somebody");
  await server.psql("older", "create table t (n int); alter table t owner to somebody");
  const { manifest, ...rest } = await folder.backUp("older");
  const { ownership: _, ...older } = manifest;
  const { systemIdentifier: __, ...unnamed } = older.server;
  await folder.restore({ ...rest, manifest: { ...older, server: unnamed } }, { into: "newer" });
  const owner = "select pg_get_userbyid(relowner) from pg_class where relname = 't'";
  assert.equal(await server.psql("newer", owner), "somebody");
});

Deno.test("a foreign script is not run beside the live database, whatever its manifest says", async () => {
  const backup = adopted(await folder.backUp("victim", { format: "plain" }));
  const error = await failure(folder.restore(backup, { into: "scripted" }));
  assert.deepEqual([error.code, error.outcome], ["foreign-script", "refused"]);
  assert.match(error.hint ?? "", /oakum adopt \S+\.sql\.gz; then/);
});

Deno.test("a server that lets in only some says which line lets in who loads a foreign dump", async () => {
  const hba = async (...lines: string[]) => {
    const input = lines.map((line) => `${line}\n`).join("");
    const cmd = ["sh", "-c", 'cat > "$PGDATA/pg_hba.conf"'];
    await runCommand(server, { cmd, input });
    await server.psql("postgres", "select pg_reload_conf()");
  };
  const rest = ["local all all trust", "host all postgres all scram-sha-256"];
  const backup = adopted(await folder.backUp("victim"));
  await hba(...rest);
  const error = await failure(folder.restore(backup, { into: "let_in" }));
  assert.deepEqual([error.code, error.outcome], ["load-role-login", "unchanged"]);
  const [, line] = /before the other lines: ([^;]*);/.exec(error.hint ?? "") ?? [];
  await hba(line!, ...rest);
  await folder.restore(backup, { into: "let_in" });
  assert.equal(await server.psql("let_in", "select count(*) from deeds"), "1");
});

Deno.test("whoever agrees to it by name has a foreign dump loaded with all rights", async () => {
  await withWitness(async () => {
    await folder.restore(hostile, { into: "trusted", jobs: 1, allow: ["dump-code"] });
    const done = await deedsDone();
    for (const deed of ["a program", "a file", "a role"]) assert.ok(done.includes(deed), `${done}`);
  });
});
