import assert from "node:assert/strict";
import { join } from "node:path";
import { output, run } from "../../docker/command.ts";
import { prepareFolder } from "../../src/backups/folder.ts";
import { type LockedFolder, lockFolder } from "../../src/backups/lock.ts";
import { markerName } from "../../src/backups/names.ts";
import { newRunId } from "../../src/core/run.ts";
import { rfc3339, systemClock } from "../../src/core/time.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { LABELS } from "../../src/docker/sidecar.ts";
import { backUp, type BackupRequest } from "../../src/operations/backup.ts";
import { store } from "../unit/backups/support.ts";
import { contextOf } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

const target = { project: "shop", service: "db", database: "postgres" };
let server: RestoreServer;
let request: BackupRequest;
Deno.test.beforeAll(async () => {
  server = await startServer();
  const dir = await Deno.makeTempDir({ prefix: "oakum-past-" });
  const form = { format: "custom", verify: "none", accept: true } as const;
  request = { ...form, dir, target, reason: "before upgrade 4f1c09ab" };
});
Deno.test.afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await Deno.remove(request.dir, { recursive: true });
});

/** The engine itself, which answers for one container as for one that a mount keeps busy. */
function busyWith(engine: Engine, name: string): Engine {
  const remove = async (id: string) => {
    if ((await engine.container(id))?.Name !== `/${name}`) return await engine.remove(id);
    throw Object.assign(new Error("device or resource busy"), { statusCode: 500 });
  };
  return new Proxy(engine, {
    get(_, key) {
      if (key === "remove") return remove;
      const value = Reflect.get(engine, key, engine);
      return typeof value === "function" ? value.bind(engine) : value;
    },
  });
}

Deno.test("backUp() goes past a container that cannot be removed, and warns of it", async () => {
  const dead = newRunId();
  const labels = { [LABELS.run]: dead, [LABELS.of]: server.id };
  const flags = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
  const { Image } = server.access.container;
  // The engine lists the newest first: the busy one is met first.
  const [goes, busy] = [`oakum-${dead}-goes`, `oakum-${dead}-busy`];
  try {
    for (const name of [goes, busy]) {
      await output(["docker", "create", "--name", name, ...flags, Image]);
    }
    const clock = { now: () => new Date(Date.now() + 120_000) };
    const context = { ...contextOf(server), engine: busyWith(server.engine, busy), clock };
    await using session = await server.session(context.runId);
    await backUp(context, session, "postgres", { ...request, reason: null });
    const warned = context.events.filter(({ type }) => type === "warning");
    assert.equal(warned.length, 1);
    assert.match(JSON.stringify(warned), new RegExp(`${busy}, .*device or resource busy`));
    assert.notEqual((await run(["docker", "inspect", goes])).code, 0);
  } finally {
    for (const name of [goes, busy]) await run(["docker", "rm", "--force", "--volumes", name]);
  }
});

/** Five backups of the same occasion, so that one more makes the oldest go; all of them younger. */
async function storeFive(folder: LockedFolder): Promise<string[]> {
  const ids: string[] = [];
  for (let hours = 6; hours > 1; hours--) {
    const takenAt = rfc3339(new Date(Date.now() - hours * 3_600_000));
    const facts = { target, reason: request.reason };
    ids.push((await store(folder, { takenAt, facts })).id);
  }
  return ids;
}

Deno.test("backUp() answers with a published backup also where an old one cannot be removed", async () => {
  const context = contextOf(server);
  const path = await prepareFolder(request.dir, target);
  const held = { run: "before", command: "backup", pid: Deno.pid, clock: systemClock };
  const folder = await lockFolder(path, held);
  const ids = await storeFive(folder);
  await folder[Symbol.asyncDispose]();
  const oldest = ids[0]!;
  // In the way of the name that the manifest gets when its backup goes.
  await Deno.mkdir(join(path, markerName(context.runId, oldest), "x"), { recursive: true });
  await using session = await server.session(context.runId);
  const { manifest, expired, warnings } = await backUp(context, session, "postgres", request);
  assert.ok((await Deno.stat(join(path, `${manifest.id}.json`))).isFile);
  assert.deepEqual(expired, []);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, new RegExp(`${oldest} could not be removed: `));
});
