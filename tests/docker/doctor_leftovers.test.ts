import assert from "node:assert/strict";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { output, run } from "../../docker/command.ts";
import { prepareFolder } from "../../src/backups/folder.ts";
import { temporaryName } from "../../src/backups/names.ts";
import { newRunId } from "../../src/core/run.ts";
import { LABELS } from "../../src/docker/sidecar.ts";
import type { Context } from "../../src/operations/context.ts";
import { endLeftovers } from "../../src/operations/doctor/leftovers.ts";
import { findLeftovers } from "../../src/operations/leftovers.ts";
import { inMaintenance } from "../../src/postgres/maintenance.ts";
import { markDatabase } from "../../src/postgres/marks.ts";
import { Sandbox } from "../../src/postgres/sandbox.ts";
import { LoadRole } from "../../src/postgres/load_role.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { contextOf } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
let dir: string;
Deno.test.beforeAll(async () => {
  server = await startServer();
  dir = await Deno.makeTempDir({ prefix: "oakum-leftovers-" });
});
Deno.test.afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await Deno.remove(dir, { recursive: true });
});

/** A container as a run leaves it that died before it started it. */
async function unstarted(runId: string) {
  const name = `oakum-test-${randomBytes(5).toString("hex")}`;
  const labels = { [LABELS.run]: runId, [LABELS.kind]: "sidecar", [LABELS.of]: server.id };
  const flags = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
  const { Image } = server.access.container;
  await output(["docker", "create", "--name", name, ...flags, "--entrypoint", "cat", "-i", Image]);
  return {
    name,
    start: () => output(["docker", "start", name]),
    isThere: async () => (await run(["docker", "inspect", name])).code === 0,
    [Symbol.asyncDispose]: async () => void await run(["docker", "rm", "-f", "-v", name]),
  };
}

/** A context in which all that a test has just made is old. */
function later(): Context {
  return { ...contextOf(server), clock: { now: () => new Date(Date.now() + 120_000) } };
}

const target = { project: "shop", service: "db", database: "postgres" };

/** What the doctor finds, then `meanwhile`, and then what it says that it has ended. */
async function ended(
  context: Context,
  meanwhile: (session: ServerSession) => Promise<unknown> = () => Promise.resolve(),
) {
  await using session = await server.session(context.runId);
  const folder = await prepareFolder(dir, target);
  const sql = session.sql("postgres", { max: 1 });
  const { engine, clock, runId } = context;
  const containers = [server.id];
  const leftovers = await findLeftovers({ engine, clock, sql, folder, containers, runId });
  const names: string[] = [];
  const ask = { ...context.ask, confirm: async () => void await meanwhile(session) };
  await endLeftovers({ ...context, ask }, session, { folder, leftovers }, (one) => names.push(one));
  return { found: leftovers.filter(({ active }) => !active).map(({ name }) => name), names };
}

Deno.test("endLeftovers() ends what a dead run left, and says what", async () => {
  const dead = newRunId();
  await using container = await unstarted(dead);
  const file = join(await prepareFolder(dir, target), temporaryName(dead, "db_backup.dump"));
  await Deno.writeTextFile(file, "half");
  const { names } = await ended(later());
  assert.deepEqual(names, [container.name, file]);
  assert.equal(await container.isThere(), false);
});

Deno.test("endLeftovers() leaves alone a container that its run is about to start", async () => {
  await using container = await unstarted(newRunId());
  const { found, names } = await ended(contextOf(server));
  assert.deepEqual([found, names], [[], []]);
  assert.ok(await container.isThere());
});

Deno.test("endLeftovers() leaves alone what turns out to be alive while it asks", async () => {
  const [starting, living] = [newRunId(), newRunId()];
  await using container = await unstarted(starting);
  await using other = await unstarted(starting);
  await server.psql("postgres", "create database verified");
  const mark = { run: living, purpose: "verify", of: "postgres", at: new Date() } as const;
  await using work = await server.session();
  await inMaintenance(work, (sql) => markDatabase(sql, "verified", mark));
  await using alive = await server.session(living);
  const { found, names } = await ended(later(), async () => {
    await container.start();
    await alive.sql("verified", { max: 1 })`select 1`;
  });
  assert.deepEqual(found.toSorted(), [container.name, other.name, "verified"].toSorted());
  assert.deepEqual(names, []);
  assert.ok(await container.isThere() && await other.isThere());
  assert.ok((await server.databases()).includes("verified"));
});

Deno.test("the sidecar in a sandbox counts as one of the real server's containers", async () => {
  const { engine, access } = server;
  const runId = newRunId();
  await using sandbox = await Sandbox.start(engine, access, runId, new AbortController().signal);
  await using _inside = await ServerSession.open(engine, sandbox.access, runId);
  const own = await engine.containers([`${LABELS.run}=${runId}`, `${LABELS.of}=${server.id}`]);
  const kinds = own.map(({ Labels }) => Labels[LABELS.kind]).toSorted();
  assert.deepEqual(kinds, ["sandbox", "sidecar"]);
});

Deno.test("endLeftovers() drops the role of a restore that died, and none that only looks like it", async () => {
  const run = newRunId();
  await using session = await server.session(run);
  const mark = { run, purpose: "load" as const, of: "postgres", at: new Date() };
  const onLeft = () => {};
  const { name } = await LoadRole.create(session, mark, { passesPolicies: false, onLeft });
  const alike = `oakum_load_${newRunId()}`;
  await server.psql("postgres", `create role ${alike}`);
  await session[Symbol.asyncDispose]();
  const { names } = await ended(later());
  assert.ok(names.includes(name) && !names.includes(alike), names.join());
  const left = await server.psql(
    "postgres",
    "select rolname from pg_roles where rolname ~ '^oakum_load'",
  );
  assert.equal(left, alike);
  await server.psql("postgres", `drop role ${alike}`);
});
