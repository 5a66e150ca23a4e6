import assert from "node:assert/strict";
import type { OakumEvent } from "../../src/core/events.ts";
import { inMaintenance } from "../../src/postgres/maintenance.ts";
import { listMarked } from "../../src/postgres/marks.ts";
import { interruption } from "../../src/terminal/signals.ts";
import { agreeable } from "./agreeable.ts";
import { BackupFolder, failure, makeShop } from "./restore_support.ts";
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

Deno.test("undoRestore() and finalizeRestore() that are interrupted at their question say that it was all", async () => {
  await makeShop(server, "left");
  await using folder = await BackupFolder.make(server);
  await folder.restore(await folder.backUp("left"));
  const before = await server.databases();
  const leave = () => Promise.reject(interruption("SIGINT"));
  const change = { ask: { ...agreeable, confirm: leave, typeName: leave } };
  const undo = await failure(folder.undo("left", change));
  assert.equal(undo.message, "Interrupted by Ctrl-C. Nothing was changed.");
  const finalize = await failure(folder.finalize("left", [], change));
  assert.equal(finalize.message, "Interrupted by Ctrl-C. Nothing was dropped.");
  assert.deepEqual(await server.databases(), before);
  await folder.finalize("left");
});

Deno.test("undoRestore() says that nothing was changed where its sessions are ended before", async () => {
  await makeShop(server, "cut");
  await using folder = await BackupFolder.make(server);
  await folder.restore(await folder.backUp("cut"));
  await server.psql("cut", "delete from bids where id > 7");
  const before = await server.databases();
  const statement = "select pg_terminate_backend(pid) from pg_stat_activity " +
    "where application_name like 'oakum/%'";
  const psql = ["psql", "-U", "postgres", "-XqAt", "-c", statement];
  const emit = (event: OakumEvent) => {
    if (event.type !== "progress" || event.item !== "renaming") return;
    // At once, while the run stands still.
    new Deno.Command("docker", { args: ["exec", server.id, ...psql] }).outputSync();
  };
  const error = await failure(folder.undo("cut", { emit }));
  assert.equal(error.outcome, "unchanged");
  assert.match(error.message, /"cut" is as it was\.$/);
  assert.deepEqual(await server.databases(), before);
  assert.equal(await bids("cut"), "7");
  await folder.finalize("cut");
  await server.psql("postgres", "drop database cut");
});

Deno.test("undoRestore() says what somebody has dropped meanwhile, and of no copy", async () => {
  await makeShop(server, "vanished");
  await using folder = await BackupFolder.make(server);
  await folder.restore(await folder.backUp("vanished"));
  const drop = ["psql", "-U", "postgres", "-c", "drop database vanished with (force)"];
  const emit = (event: OakumEvent) => {
    if (event.type !== "progress" || event.item !== "renaming") return;
    new Deno.Command("docker", { args: ["exec", server.id, ...drop] }).outputSync();
  };
  const error = await failure(folder.undo("vanished", { emit }));
  assert.deepEqual([error.code, error.outcome], ["database-changed", "unchanged"]);
  assert.doesNotMatch(error.message + error.hint, /copy/);
  await folder.undo("vanished");
  assert.equal(await bids("vanished"), "5000");
  await server.psql("postgres", "drop database vanished");
});

Deno.test("finalizeRestore() drops nothing where an undo came while it asked", async () => {
  await makeShop(server, "asked");
  await using folder = await BackupFolder.make(server);
  await folder.restore(await folder.backUp("asked"));
  const before = (await server.databases()).filter((name) => name.startsWith("asked"));
  const ask = { ...agreeable, typeName: async () => void await folder.undo("asked") };
  const error = await failure(folder.finalize("asked", [], { ask }));
  assert.deepEqual([error.code, error.outcome], ["kept-changed", "refused"]);
  const now = (await server.databases()).filter((name) => name.startsWith("asked"));
  assert.equal(now.length, 2);
  assert.notDeepEqual(now, before);
  await folder.finalize("asked");
});

Deno.test("undoRestore() and finalizeRestore() do not take a stranger's word for what is kept", async () => {
  await makeShop(server, "trusting");
  await server.psql("postgres", "create role stranger; create database theirs owner stranger");
  const mark = { run: "0123456789", purpose: "before", of: "trusting", at: "2099-01-02T03:04:05Z" };
  const comment = `oakum: ${JSON.stringify({ ...mark, comment: null })}`;
  await server.psql("postgres", `set role stranger; comment on database theirs is '${comment}'`);
  await using folder = await BackupFolder.make(server);
  assert.equal((await failure(folder.undo("trusting"))).code, "nothing-kept");
  assert.equal((await failure(folder.finalize("trusting"))).code, "nothing-kept");
  assert.ok((await server.databases()).includes("theirs"));
  await server.psql("postgres", "drop database theirs");
  await server.psql("postgres", "drop database trusting");
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

Deno.test("listMarked() names every database that oakum made, and only those", async () => {
  await using session = await server.session();
  const marked = await inMaintenance(session, listMarked);
  const names = (await server.databases()).filter((name) => /__(before|restore)_/.test(name));
  const own = ["one", "one__before_20200101_000000", "undone"];
  const made = names.filter((name) => !own.includes(name));
  assert.ok(made.length > 0);
  assert.deepEqual(marked.filter(({ mark }) => mark).map(({ name }) => name).sort(), made);
});
