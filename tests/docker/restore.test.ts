import assert from "node:assert/strict";
import { OakumError } from "../../src/core/errors.ts";
import { runCommand } from "../../src/docker/run.ts";
import { TargetLock } from "../../src/postgres/locks.ts";
import { inMaintenance } from "../../src/postgres/maintenance.ts";
import { listMarked } from "../../src/postgres/marks.ts";
import { BackupFolder, contextOf, makeShop, quoted } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
Deno.test.beforeAll(async () => {
  server = await startServer("postgres17", {
    args: ["-c", "max_prepared_transactions=5", "-c", "wal_level=logical"],
  });
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await server[Symbol.asyncDispose]();
});

/** Runs what must be refused or fail, and hands back the error. */
async function failure(work: Promise<unknown>): Promise<OakumError> {
  const error = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof OakumError, `${error?.stack ?? "it did not fail"}`);
  return error;
}

const bids = (name: string) => server.psql(name, "select count(*) from public.bids");
const withoutRoles = (names: string) =>
  server.psql("postgres", names.split(" ").map((name) => `drop role if exists ${name};`).join(""));

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

Deno.test("undoRestore() swaps back and forth, and finalizeRestore() drops what was kept", async () => {
  await makeShop(server, "undone");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("undone");
  await server.psql("undone", "delete from bids where id > 7");
  await folder.restore(backup);
  assert.equal((await folder.undo("undone")).endedSessions, 0);
  assert.equal(await bids("undone"), "7");
  await folder.undo("undone");
  assert.equal(await bids("undone"), "5000");

  await folder.restore(backup);
  const { dropped } = await folder.finalize("undone");
  assert.equal(dropped.length, 2);
  assert.deepEqual((await server.databases()).filter((name) => name.startsWith("undone")), [
    "undone",
  ]);
  const error = await failure(folder.undo("undone"));
  assert.deepEqual([error.code, error.outcome], ["nothing-kept", "notFound"]);
});

Deno.test("finalizeRestore() leaves alone what another database's restore has kept", async () => {
  await using folder = await BackupFolder.make(server);
  for (const name of ["one", "one__before_20200101_000000"]) {
    await makeShop(server, name);
    await folder.restore(await folder.backUp(name));
  }
  const { dropped } = await folder.finalize("one");
  assert.equal(dropped.length, 1);
  assert.equal(await bids("one__before_20200101_000000"), "5000");
  await folder.undo("one__before_20200101_000000");
});

Deno.test("restore() leaves the live database alone when a row is missing from what it loaded", async () => {
  await makeShop(server, "differs");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("differs");
  const tables = backup.manifest.tables.map((table) => ({ ...table, rows: table.rows + 1 }));
  const wrong = { ...backup, manifest: { ...backup.manifest, tables } };
  await server.psql("differs", "delete from bids where id > 9");

  const error = await failure(folder.restore(wrong));

  assert.deepEqual([error.code, error.outcome], ["restored-differs", "unchanged"]);
  assert.match(error.message, /table public\.bids has 5000 rows instead of 5001 rows/);
  assert.equal(await bids("differs"), "9");
  assert.deepEqual((await server.databases()).filter((name) => name.startsWith("differs")), [
    "differs",
  ]);
});

Deno.test("restore() names the function whose call no restore can resolve, and its mend", async () => {
  await server.psql("postgres", "create database unqualified");
  await server.psql(
    "unqualified",
    `create function positive(int) returns boolean immutable language sql as 'select $1 > 0';
     create function valid(int) returns boolean immutable language plpgsql
       as 'begin return positive($1); end';
     create table bids (cents int check (valid(cents))); insert into bids values (1);`,
  );
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("unqualified");

  const error = await failure(folder.restore(backup));

  assert.deepEqual([error.code, error.outcome], ["load-failed", "unchanged"]);
  assert.match(error.message, /table "bids".*function positive\(integer\) does not exist/);
  assert.match(error.hint ?? "", /ALTER FUNCTION public\.valid\(integer\) SET search_path/);
  assert.equal(await bids("unqualified"), "1");
});

Deno.test("restore() refuses a dump in which one byte was changed", async () => {
  await makeShop(server, "flipped");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("flipped");
  const path = `${backup.folder}/${backup.manifest.dump.file}`;
  const bytes = await Deno.readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  await Deno.chmod(path, 0o600);
  await Deno.writeFile(path, bytes);
  const error = await failure(folder.restore(backup));
  assert.deepEqual([error.code, error.outcome], ["backup-damaged", "refused"]);
});

Deno.test("restore() refuses where roles are missing, and creates them on consent without powers", async () => {
  await makeShop(server, "roles");
  await server.psql(
    "roles",
    `create role lost_owner login password 'secret' connection limit 3;
     create role lost_group createdb; grant lost_group to lost_owner;
     alter table bids owner to lost_owner; grant select on artworks to lost_group;`,
  );
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("roles");
  const verifier = await server.psql(
    "postgres",
    "select rolpassword from pg_authid where rolname = 'lost_owner'",
  );
  await server.psql("postgres", "drop database roles");
  await withoutRoles("lost_owner lost_group");

  const error = await failure(folder.restore(backup));
  assert.deepEqual([error.code, error.outcome], ["missing-roles", "refused"]);
  assert.match(error.message, /"lost_group", "lost_owner" \(may log in\)/);

  const report = await folder.restore(backup, { createRoles: true });
  assert.deepEqual(report.rolesCreated, ["lost_group", "lost_owner"]);
  assert.match(report.warnings.join(), /"lost_group" was CREATEDB and is created without that/);
  const created = await server.psql(
    "postgres",
    `select rolname, rolcanlogin, rolcreatedb, rolconnlimit, coalesce(rolpassword, '')
     from pg_authid where rolname like 'lost\\_%' order by 1;
     select pg_has_role('lost_owner', 'lost_group', 'member')`,
  );
  assert.equal(created, `lost_group|f|f|-1|\nlost_owner|t|f|3|${verifier}\nt`);
});

Deno.test("restore() refuses where a tablespace is missing", async () => {
  await server.psql(
    "postgres",
    "set allow_in_place_tablespaces = on; create tablespace fast location ''",
  );
  await makeShop(server, "spaced");
  await server.psql("spaced", "alter index bids_at set tablespace fast");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("spaced");
  await folder.restore(backup);
  await folder.finalize("spaced");
  await server.psql("spaced", "alter index bids_at set tablespace pg_default");
  await server.psql("postgres", "drop tablespace fast");

  const error = await failure(folder.restore(backup));
  assert.deepEqual([error.code, error.outcome], ["missing-tablespace", "refused"]);
  assert.match(error.message, /"fast"/);
});

Deno.test("restore() refuses a prepared transaction, whatever is allowed", async () => {
  await makeShop(server, "prepared");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("prepared");
  await server.psql(
    "prepared",
    "begin; insert into bids values (-1, 1, 1); prepare transaction 'p'",
  );
  const error = await failure(folder.restore(backup, { allow: ["prepared-transaction"] }));
  assert.deepEqual([error.code, error.outcome], ["prepared-transaction", "refused"]);
  await server.psql("prepared", "rollback prepared 'p'");
  await folder.restore(backup);
});

Deno.test("restore() refuses a logical slot unless it is allowed by name", async () => {
  await makeShop(server, "slotted");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("slotted");
  await server.psql("slotted", "select pg_create_logical_replication_slot('s', 'pgoutput')");
  const error = await failure(folder.restore(backup));
  assert.deepEqual([error.code, error.outcome], ["logical-slot", "refused"]);
  assert.match(error.hint ?? "", /--allow logical-slot/);

  const { keptAs } = await folder.restore(backup, { allow: ["logical-slot"] });
  const where = "select database from pg_replication_slots where slot_name = 's'";
  assert.equal(await server.psql("postgres", where), keptAs);
  assert.equal((await failure(folder.finalize("slotted"))).code, "logical-slot");
  await folder.finalize("slotted", ["logical-slot"]);
  assert.equal(await server.psql("postgres", where), "");
});

Deno.test("restore() leaves subscriptions out of the copy and refuses to strand the live one's", async () => {
  await makeShop(server, "subscribed");
  await server.psql(
    "subscribed",
    "create subscription sub connection 'host=nowhere' publication p with (connect = false)",
  );
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("subscribed");
  assert.equal((await failure(folder.restore(backup))).code, "subscription");
  await folder.restore(backup, { into: "subscribed copy" });
  const databases = "select d.datname from pg_subscription s join pg_database d on d.oid = subdbid";
  assert.equal(await server.psql("postgres", databases), "subscribed");
});

Deno.test("restore() refuses an extension that the server lacks or that was never tested", async () => {
  await makeShop(server, "extended");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("extended");
  const withExtension = (name: string) => {
    const extensions = [{ name, version: "1.0", schema: "public" }];
    const database = { ...backup.manifest.database, extensions };
    return { ...backup, manifest: { ...backup.manifest, database } };
  };
  const missing = await failure(folder.restore(withExtension("timescaledb")));
  assert.deepEqual([missing.code, missing.outcome], ["missing-extension", "refused"]);

  const control = "comment = 'odd'\\ndefault_version = '1.0'";
  const script = `cd "$(pg_config --sharedir)/extension" && printf "${control}" > odd.control`;
  await runCommand(server, { cmd: ["sh", "-c", script] });
  const untested = await failure(folder.restore(withExtension("odd")));
  assert.deepEqual([untested.code, untested.outcome], ["untested-extension", "refused"]);
});

Deno.test("restore() brings back a database with every extension of the tested list", async () => {
  await makeShop(server, "contrib");
  const names = await server.psql(
    "contrib",
    `select format('create extension if not exists %I cascade', name) from pg_available_extensions
     where name <> 'odd' \\gexec
     select count(*) from pg_extension`,
  );
  assert.ok(Number(names) > 40, names);
  await using folder = await BackupFolder.make(server);
  const report = await folder.restore(await folder.backUp("contrib"));
  assert.deepEqual(report.warnings, []);
});

Deno.test("restore() is locked out by another run and says by which", async () => {
  await makeShop(server, "locked");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("locked");
  let reached!: () => void;
  let release!: () => void;
  const first = contextOf(server);
  const asked = new Promise<void>((resolve) => reached = resolve);
  const waiting = new Promise<void>((resolve) => release = resolve);
  // The first run stands at its question while it holds nothing; the second takes the lock there.
  const slow = { ...first, ask: { ...first.ask, confirm: () => (reached(), waiting) } };
  const running = folder.restore(backup, { context: slow });
  await asked;
  await using session = await server.session();
  await using _lock = await TargetLock.take(session, "locked", { clock: first.clock });
  release();
  const error = await failure(running);
  assert.deepEqual([error.code, error.outcome], ["locked", "locked"]);
  assert.match(error.message, new RegExp(`run ${session.runId} \\(server process \\d+, since`));
});

Deno.test("restore() does not swap when its lock was lost meanwhile", async () => {
  await makeShop(server, "unlocked");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("unlocked");
  const context = contextOf(server, {
    onEvent: (event) => {
      if (event.type !== "step" || event.step !== "carry") return;
      const end = `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`;
      const args = ["exec", server.id, "psql", "-U", "postgres", "-c", end];
      new Deno.Command("docker", { args }).outputSync();
    },
  });
  await server.psql("unlocked", "truncate bids");
  const error = await failure(folder.restore(backup, { context }));
  assert.deepEqual([error.code, error.outcome], ["lock-lost", "unchanged"]);
  assert.equal(await bids("unlocked"), "0");
});

Deno.test("restore() leaves the live database alone when somebody cannot be made to leave it", async () => {
  await makeShop(server, "held");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("held");
  const context = contextOf(server, {
    onEvent: (event) => {
      if (event.type !== "step" || event.step !== "analyze") return;
      const prepare = "begin; delete from bids where id = 1; prepare transaction 'late'";
      const args = ["exec", server.id, "psql", "-U", "postgres", "-d", "held", "-c", prepare];
      new Deno.Command("docker", { args }).outputSync();
    },
  });
  const error = await failure(folder.restore(backup, { context }));
  assert.deepEqual([error.code, error.outcome], ["database-busy", "unchanged"]);
  assert.match(error.message, /"held" could not be renamed/);
  await server.psql("held", "rollback prepared 'late'");
  assert.equal(await bids("held"), "5000");
  assert.deepEqual((await server.databases()).filter((name) => name.startsWith("held")), ["held"]);
});

Deno.test("restore() that is interrupted in the load leaves nothing behind", async () => {
  await makeShop(server, "interrupted");
  await server.psql(
    "interrupted",
    "create table much as select n, repeat('x', 500) as x from generate_series(1, 100000) n",
  );
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("interrupted");
  const controller = new AbortController();
  const context = contextOf(server, {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === "progress" && event.step === "load") controller.abort(new Error("Ctrl-C"));
    },
  });
  await assert.rejects(folder.restore(backup, { context }), /Ctrl-C/);
  assert.deepEqual((await server.databases()).filter((name) => name.startsWith("interrupted")), [
    "interrupted",
  ]);
  const sessions =
    `select count(*) from pg_stat_activity where application_name like '%${context.runId}%'`;
  assert.equal(await server.psql("postgres", sessions), "0");
  assert.deepEqual(context.events.filter(({ type }) => type === "warning"), []);
});

Deno.test("listMarked() names every database that oakum made, and only those", async () => {
  await using session = await server.session();
  const marked = await inMaintenance(session, listMarked);
  const names = (await server.databases()).filter((name) => /__(before|restore)_/.test(name));
  assert.deepEqual(
    marked.filter(({ mark }) => mark).map(({ name }) => name).sort(),
    names.filter((name) =>
      !name.startsWith("one__before_20200101_000000") ||
      name.length > "one__before_20200101_000000".length
    ),
  );
});
