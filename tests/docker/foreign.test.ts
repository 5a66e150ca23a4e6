import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { findBackup } from "../../src/backups/find.ts";
import { listTarget } from "../../src/backups/list.ts";
import { OakumError } from "../../src/core/errors.ts";
import { runCommand } from "../../src/docker/run.ts";
import { adopt } from "../../src/operations/adopt.ts";
import { parseGlobals } from "../../src/postgres/globals.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { BackupFolder, contextOf, makeShop } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
let folder: BackupFolder;
Deno.test.beforeAll(async () => {
  server = await startServer();
  folder = await BackupFolder.make(server);
  await makeShop(server, "shop");
  await server.psql("shop", "create role reader; grant select on bids to reader");
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await folder[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What one of PostgreSQL's own tools prints in the database container. */
async function dumpBy(...cmd: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(server, { cmd: [...cmd, "-U", "postgres"] });
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Adopts a script as the command does, and finds the backup that came of it. */
async function adopted(name: string, content: string | Uint8Array, fromDatabase?: string) {
  const path = join(folder.dir, name);
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
  return await adoptedFile(path, fromDatabase);
}

async function adoptedFile(path: string, fromDatabase?: string) {
  const context = contextOf(server);
  await using live = await server.session(context.runId);
  const target = folder.target("shop");
  const database = { server: server.access, name: "shop" };
  const request = { path, dir: folder.dir, target, database, live, fromDatabase };
  const { built, backup } = await adopt(context, request);
  const found = findBackup(await listTarget(folder.dir, target), backup.manifest.id).backup;
  return { built, backup: found };
}

async function refusal(name: string, content: string): Promise<OakumError> {
  const before = await listTarget(folder.dir, folder.target("shop"));
  const error = await adopted(name, content).then(() => undefined, (error) => error);
  assert.ok(error instanceof OakumError, `${error?.stack ?? "it was not refused"}`);
  assert.equal(error.outcome, "refused");
  const after = await listTarget(folder.dir, folder.target("shop"));
  assert.deepEqual(after.backups.map(({ id }) => id), before.backups.map(({ id }) => id));
  return error;
}

/** A dump that is restored brings all rows back, and the live database was never touched before. */
async function assertRestores(name: string, content: string | Uint8Array): Promise<void> {
  await server.psql("shop", "delete from bids where id > 5");
  const { backup } = await adopted(name, content);
  assert.equal(await server.psql("shop", "select count(*) from bids"), "5");
  await folder.restore(backup);
  assert.equal(await server.psql("shop", "select count(*) from bids"), "5000");
  assert.equal(
    await server.psql("shop", "select has_table_privilege('reader', 'bids', 'select')"),
    "t",
  );
  await folder.finalize("shop");
}

Deno.test("a dump by pg_dump -C --clean, which would drop the live database, is restored", async () => {
  const script = await dumpBy("pg_dump", "-C", "--clean", "--if-exists", "shop");
  assert.match(script, /DROP DATABASE/);
  await assertRestores("clean.sql", script);
});

Deno.test("a plain dump and one in gzip are restored", async () => {
  const script = await dumpBy("pg_dump", "shop");
  await assertRestores("plain.sql", script);
  await assertRestores("zipped.sql.gz", gzipSync(script));
});

Deno.test("a custom-format dump is restored", async () => {
  const path = "/tmp/foreign.dump";
  await dumpBy("pg_dump", "-Fc", "-f", path, "shop");
  const { stdout } = await runCommand(server, { cmd: ["base64", "-w0", path] });
  await assertRestores("foreign.dump", Uint8Array.from(atob(stdout), (c) => c.charCodeAt(0)));
});

Deno.test("a dump of a whole server with one database of tables is restored", async () => {
  await assertRestores("cluster.sql", await dumpBy("pg_dumpall"));
});

Deno.test("commands that a script runs reach neither the server nor this machine", async () => {
  const traps = [
    "copy (select 1) to program 'touch /tmp/oakum-was-here';",
    "\\connect postgres",
    "drop database if exists shop with (force);",
    "create database shop;",
    "\\connect shop",
  ].join("\n");
  await server.psql("shop", "delete from bids where id > 5");
  const { backup } = await adopted("traps.sql", `${traps}\n${await dumpBy("pg_dump", "shop")}`);
  assert.equal(await server.psql("shop", "select count(*) from bids"), "5");
  const look = { cmd: ["test", "-e", "/tmp/oakum-was-here"] };
  assert.equal((await runCommand(server, look)).code, 1);
  await assert.rejects(Deno.stat("/tmp/oakum-was-here"));
  assert.equal(backup.manifest.tables.find(({ name }) => name === "bids")?.rows, 5);
});

Deno.test("a dump that was cut in the middle of a COPY is refused", async () => {
  const script = await dumpBy("pg_dump", "shop");
  const inside = script.indexOf("\n", script.indexOf("COPY public.artworks") + 500) + 1;
  const error = await refusal("cut.sql", script.slice(0, inside));
  assert.equal(error.code, "foreign-dump-cut");
});

Deno.test("a script that builds no table is refused", async () => {
  const error = await refusal("empty.sql", "select 1;\n-- PostgreSQL database dump complete\n");
  assert.match(error.message, /table/);
});

Deno.test("a dump of a server with several databases is refused with their names", async () => {
  await makeShop(server, "shop2");
  await makeShop(server, "shop3");
  const script = (await dumpBy("pg_dumpall"))
    .replaceAll(/\bshop\b/g, "other").replaceAll("oakum_", "x_");
  const error = await refusal("several.sql", script);
  assert.match(error.message, /"shop2".*"shop3"/);
  assert.match(error.hint!, /oakum adopt --from-database other \S+several\.sql/);
  await server.psql("postgres", "drop database shop2");
  await server.psql("postgres", "drop database shop3");
});

Deno.test("a script with an error that an empty server does not explain is refused", async () => {
  const script = await dumpBy("pg_dump", "shop");
  const error = await refusal(
    "broken.sql",
    script.replace("CREATE TABLE public.bids", "CREATE TABEL b"),
  );
  assert.equal(error.code, "foreign-dump-errors");
});

Deno.test("a dump is restored on a server whose superuser has a name of its own", async () => {
  await using own = await startServer();
  await makeShop(own, "shop");
  await own.psql("postgres", "create role boss superuser login");
  await own.psql("postgres", "alter role postgres rename to shopkeeper", "boss");
  const script = await runCommand(own, {
    cmd: ["pg_dump", "-U", "shopkeeper", "--no-owner", "shop"],
  });
  await own.psql("postgres", "drop role boss", "shopkeeper");
  const credentials = { ...own.access.credentials, user: "shopkeeper" };
  const access = { ...own.access, credentials };
  await using files = await BackupFolder.make({ ...own, access });
  const path = join(files.dir, "foreign.sql");
  await Deno.writeTextFile(path, script.stdout);
  const context = contextOf(own);
  const target = files.target("shop");
  const { backup } = await (async () => {
    await using live = await ServerSession.open(own.engine, access, context.runId);
    const database = { server: access, name: "shop" };
    return await adopt(context, { path, dir: files.dir, target, database, live });
  })();
  const found = findBackup(await listTarget(files.dir, target), backup.manifest.id).backup;
  await own.psql("shop", "truncate bids", "shopkeeper");
  await files.restore(found);
  assert.equal(await own.psql("shop", "select count(*) from bids", "shopkeeper"), "5000");
});

Deno.test("roles that a script only names are in the backup's globals without power", async () => {
  const script = `create table mine (n int);
ALTER TABLE mine OWNER TO somebody;
CREATE FOREIGN DATA WRAPPER wrapper;
ALTER FOREIGN DATA WRAPPER wrapper OWNER TO wrapping;
CREATE ROLE boss SUPERUSER LOGIN;
GRANT SELECT ON TABLE mine TO boss;
`;
  const { backup } = await adopted("named.sql", script);
  const globals = join(backup.folder, backup.manifest.globals!.file);
  const roles = parseGlobals(await Deno.readTextFile(globals));
  const { login, powers } = roles.get("somebody")!;
  assert.deepEqual([login, powers], [false, []]);
  // Nobody else may own what it owns.
  assert.deepEqual(roles.get("wrapping")?.powers, ["SUPERUSER"]);
  assert.deepEqual([roles.get("boss")?.login, roles.get("boss")?.powers], [true, ["SUPERUSER"]]);
});

Deno.test("what a script loads into a database of every server has the live one's locale", async () => {
  const asked = "select pg_encoding_to_char(encoding), datcollate, datctype from pg_database";
  const live = await server.psql("postgres", `${asked} where datname = 'shop'`);
  assert.doesNotMatch(live, /\|C\|/);
  const scripts = [
    "\\connect postgres\ncreate table t (n int);\n",
    "create database made;\n\\connect made\ncreate table t (n int);\n",
  ];
  for (const [at, script] of scripts.entries()) {
    const name = ["postgres", "made"][at]!;
    const { built, backup } = await adopted(`elsewhere${at}.sql`, script, name);
    const { encoding, collate, ctype } = backup.manifest.database;
    assert.equal(built, name);
    assert.equal([encoding, collate, ctype].join("|"), live);
  }
});

Deno.test("a dump that no disk here has room for is refused before it is loaded", async () => {
  const path = join(folder.dir, "huge.dump");
  await Deno.writeTextFile(path, "PGDMP\x01\x10\x00\x04\x08\x01");
  // A hole: it takes no room itself. The folder would hold what is packed, Docker's disk would not.
  const { bavail, bsize } = await statfs(folder.dir);
  await Deno.truncate(path, Math.ceil(bavail * bsize * 0.8));
  const full = await adoptedFile(path).then(() => undefined, (error) => error);
  assert.deepEqual([full.code, full.outcome], ["sandbox-disk", "refused"]);
  assert.match(full.message, /"[^"]*huge\.dump".*free at.*needs/);
  await Deno.truncate(path, Math.ceil(bavail * bsize * 3));
  const error = await adoptedFile(path).then(() => undefined, (error) => error);
  assert.deepEqual([error.code, error.outcome], ["too-little-space", "refused"]);
});
