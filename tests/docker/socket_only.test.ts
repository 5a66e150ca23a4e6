import assert from "node:assert/strict";
import { output } from "../../docker/command.ts";
import { newRunId } from "../../src/core/run.ts";
import { dumpDatabase } from "../../src/postgres/dump.ts";
import { ServerSession } from "../../src/postgres/session.ts";
import { Snapshot } from "../../src/postgres/snapshot.ts";
import type { ImageName } from "../../docker/catalogue.ts";
import { type OwnServer, ownServer } from "./fixtures.ts";

const SOCKETS = "/var/run/postgresql";

/** A server without a port, that takes a person's word by the uid of their process. */
function withoutPort(image: ImageName, options: readonly string[] = []) {
  return ownServer(image, {
    socketFolder: SOCKETS,
    options: ["--env", "POSTGRES_INITDB_ARGS=--auth-local=peer", ...options],
    args: ["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"],
  });
}

/** Reads, dumps and runs a tool, as a backup does. */
async function work(own: OwnServer): Promise<{ toolsMayFork: boolean; endProved: boolean }> {
  await using session = await ServerSession.open(own.engine, own.access, newRunId());
  const sql = await session.login("postgres");
  await sql`create table public.numbers as select generate_series(1, 100000) as n`;
  await using snapshot = await Snapshot.take(sql);
  const format = { format: "custom", compression: "none" } as const;
  const what = { database: "postgres", snapshot, format };
  let bytes = 0;
  const sink = (data: Uint8Array) => Promise.resolve(void (bytes += data.length));
  const signal = AbortSignal.timeout(60_000);
  const { endProved } = await dumpDatabase(session, what, sink, () => {}, signal);
  assert.ok(bytes > 500_000);
  const ask = ["psql", "-XAtc", "select count(*) from numbers"];
  const { stdout } = await session.runTool(ask, { database: "postgres" });
  assert.equal(stdout.trim(), "100000");
  return { toolsMayFork: session.toolsMayFork, endProved };
}

for (const image of ["postgres17", "postgres17-only-nc", "postgres17-only-socat"] as const) {
  Deno.test(`a server without a port in ${image} is reached by a volume's socket`, async () => {
    await using own = await withoutPort(image, ["--volume", SOCKETS]);
    assert.deepEqual(await work(own), { toolsMayFork: true, endProved: true });
  });
}

Deno.test("a server without a port is reached by a host folder's socket", async () => {
  const folder = await Deno.makeTempDir();
  await using own = await withoutPort("postgres17", ["--volume", `${folder}:${SOCKETS}`]);
  // Named as Alpine and Debian name the same place, too.
  const access = { ...own.access, socketFolder: "/run/postgresql" };
  assert.deepEqual(await work({ ...own, access }), { toolsMayFork: true, endProved: true });
  await output(["docker", "exec", own.name, "chmod", "0777", SOCKETS]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a server whose socket nothing shares is reached by processes that never fork", async () => {
  await using own = await withoutPort("postgres17");
  assert.deepEqual(await work(own), { toolsMayFork: false, endProved: false });
  const processes = await own.engine.processes(own.access.container.Id);
  assert.deepEqual(processes.filter((line) => !/postgres/.test(line)), []);
  assert.doesNotMatch(await own.engine.logTail(own.access.container.Id, 1000), /reinitializing/);
});

Deno.test("a server without a port and without a relay is refused with what would help", async () => {
  // busybox's nc knows no Unix sockets.
  await using own = await withoutPort("postgres17-alpine", ["--volume", SOCKETS]);
  const open = ServerSession.open(own.engine, own.access, newRunId());
  await assert.rejects(open, { code: "no-relay", outcome: "refused" });
});
