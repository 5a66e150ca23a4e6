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

Deno.test("restore() keeps the live database when the dump is replaced while it is loaded", async () => {
  const { folder, backup } = await largeBackup("replaced");
  await using _folder = folder;
  const path = dumpPath(backup);
  const context = contextOf(server, {
    onEvent: (event) => {
      if (event.type !== "step" || event.step !== "load") return;
      Deno.copyFileSync(path, `${path}.new`);
      Deno.renameSync(`${path}.new`, path);
    },
  });
  const error = await failure(folder.restore(backup, { context }));
  assert.deepEqual([error.code, error.outcome], ["dump-changed", "unchanged"]);
  assert.equal(await rows("replaced"), `${ROWS}`);
  assert.deepEqual(
    (await server.databases()).filter((name) => name.startsWith("replaced")),
    ["replaced"],
  );
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
  await using mounted = await MountedDump.start(session, dumpPath(backup));
  assert.equal(await mounted.isSame(signal), true);
  const { code } = await runCommand(mounted.host, { cmd: ["touch", mounted.path] });
  assert.notEqual(code, 0, "a sidecar can write to a backup");
  await Deno.writeTextFile(dumpPath(backup), "!", { append: true });
  assert.equal(await mounted.isSame(signal), false);
});
