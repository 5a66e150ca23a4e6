import assert from "node:assert/strict";
import { dumpPath } from "../../src/backups/list.ts";
import { MountedDump } from "../../src/postgres/mounted_dump.ts";
import { runCommand } from "../../src/docker/run.ts";
import { BackupFolder, contextOf, failure } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
Deno.test.beforeAll(async () => {
  server = await startServer();
});
Deno.test.afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const ROWS = 300_000;
const rows = (name: string) => server.psql(name, "select count(*) from much");

/** A backup of about 20 MB in a folder of its own. */
async function largeBackup(name: string) {
  await server.psql("postgres", `create database ${name}`);
  const fill = `select n, repeat(md5(n::text), 2) as x from generate_series(1, ${ROWS}) n`;
  await server.psql(name, `create table much as ${fill}`);
  const folder = await BackupFolder.make(server);
  return { folder, backup: await folder.backUp(name, { compression: "none" }) };
}

/** What a restore did to bring the dump there: nothing, or it was sent. */
function uploads(context: ReturnType<typeof contextOf>): number {
  return context.events.filter((event) => event.type === "progress" && event.step === "upload")
    .length;
}

async function containersOfRun(runId: string): Promise<number> {
  return (await server.engine.containers([`oakum.run=${runId}`])).length;
}

/** A name of an open folder that means something else, or nothing, to every other process. */
async function ownName(folder: string): Promise<string> {
  for await (const { name } of Deno.readDir("/proc/self/fd")) {
    const path = `/proc/self/fd/${name}`;
    if (await Deno.readLink(path).catch(() => "") === folder) return path;
  }
  throw new Error(`${folder} is not open`);
}

Deno.test("restore() reads a large dump where it lies, and sends nothing", async () => {
  const { folder, backup } = await largeBackup("mounted");
  await using _folder = folder;
  await server.psql("mounted", "truncate much");
  const context = contextOf(server);
  await folder.restore(backup, { context });
  assert.equal(await rows("mounted"), `${ROWS}`);
  assert.equal(uploads(context), 0);
  assert.equal(await containersOfRun(context.runId), 0);
});

Deno.test("restore() sends a dump that the engine does not see at its path", async () => {
  const { folder, backup } = await largeBackup("sent");
  await using _folder = folder;
  using _open = await Deno.open(backup.folder);
  const elsewhere = await ownName(backup.folder);
  const context = contextOf(server);
  await folder.restore({ ...backup, folder: elsewhere }, { context });
  assert.equal(await rows("sent"), `${ROWS}`);
  assert.ok(uploads(context) > 0);
});

/** Does something to the dump at the moment when its load begins. */
async function restoredWhile(name: string, change: (path: string) => void) {
  const { folder, backup } = await largeBackup(name);
  await server.psql(name, "delete from much where n > 10");
  const context = contextOf(server, {
    onEvent: (event) => {
      if (event.type === "step" && event.step === "load") change(dumpPath(backup));
    },
  });
  const ended = await folder.restore(backup, { context }).then(() => undefined, (error) => error);
  assert.equal(uploads(context), 0);
  assert.equal(await containersOfRun(context.runId), 0);
  await folder[Symbol.asyncDispose]();
  return ended;
}

const HARMLESS: Readonly<Record<string, (path: string) => void>> = {
  replaced: (path) => {
    Deno.writeTextFileSync(`${path}.new`, "another dump");
    Deno.renameSync(`${path}.new`, path);
  },
  removed: (path) => Deno.removeSync(path),
  "made readable": (path) => Deno.chmodSync(path, 0o644),
};

for (const [how, change] of Object.entries(HARMLESS)) {
  Deno.test(`restore() loads what was checked when the dump is ${how} meanwhile`, async () => {
    const name = how.replace(" ", "_");
    assert.equal(await restoredWhile(name, change), undefined);
    assert.equal(await rows(name), `${ROWS}`);
  });
}

Deno.test("restore() keeps the live database when the dump is written to while it is loaded", async () => {
  const error = await restoredWhile(
    "written",
    (path) => Deno.writeTextFileSync(path, "!", { append: true }),
  );
  assert.deepEqual([error.code, error.outcome], ["dump-changed", "unchanged"]);
  assert.equal(await rows("written"), "10");
  const databases = await server.databases();
  assert.deepEqual(databases.filter((name) => name.startsWith("written")), ["written"]);
});

Deno.test("a dry run and a refusal leave no container behind", async () => {
  const { folder, backup } = await largeBackup("planned");
  await using _folder = folder;
  const context = contextOf(server);
  await folder.restore(backup, { context, dryRun: true });
  await failure(folder.restore(backup, { context, into: "planned" }));
  assert.equal(await containersOfRun(context.runId), 0);
});

Deno.test("MountedDump knows the file that it sees from another one", async () => {
  const { folder, backup } = await largeBackup("known");
  await using _folder = folder;
  const { signal } = new AbortController();
  await using session = await server.session();
  const path = dumpPath(backup);
  const dump = { ...backup.manifest.dump, path };
  await using mounted = await MountedDump.start(session, dump, await Deno.lstat(path));
  assert.equal(await mounted.isSame(signal), true);
  const { code } = await runCommand(mounted.host, { cmd: ["touch", mounted.path] });
  assert.notEqual(code, 0, "a sidecar can write to a backup");
  await Deno.writeTextFile(path, "!", { append: true });
  assert.equal(await mounted.isSame(signal), false);
});
