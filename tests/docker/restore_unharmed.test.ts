import assert from "node:assert/strict";
import { TargetLock } from "../../src/postgres/locks.ts";
import { BackupFolder, contextOf, failure, makeShop } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
Deno.test.beforeAll(async () => {
  server = await startServer("postgres17", { args: ["-c", "max_prepared_transactions=5"] });
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await server[Symbol.asyncDispose]();
});

const bids = (name: string) => server.psql(name, "select count(*) from public.bids");

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
  assert.match(error.message, new RegExp(`run ${session.runId} \\(server process \\d+, begun`));
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
