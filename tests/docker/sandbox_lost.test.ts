import assert from "node:assert/strict";
import { join } from "node:path";
import { output } from "../../docker/command.ts";
import { type Backup, listTarget } from "../../src/backups/list.ts";
import type { OakumError } from "../../src/core/errors.ts";
import type { OakumEvent } from "../../src/core/events.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { LABELS } from "../../src/docker/sidecar.ts";
import { adopt } from "../../src/operations/adopt.ts";
import type { Context } from "../../src/operations/context.ts";
import { verify } from "../../src/operations/verify.ts";
import type { ServerSession } from "../../src/postgres/session.ts";
import { eventually } from "./polling.ts";
import { BackupFolder, contextOf, failure } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";
import { sandboxOf, smaller } from "./smaller_sandbox.ts";

let server: RestoreServer;
let folder: BackupFolder;
let backup: Backup;
Deno.test.beforeAll(async () => {
  server = await startServer();
  folder = await BackupFolder.make(server);
  await server.psql("postgres", "create database shop");
  const rows = "select n, repeat(md5(n::text), 10) as x from generate_series(1, 100000) n";
  await server.psql("shop", `create table much as ${rows}; create index on much (x, n)`);
  await server.psql("shop", "create table more as select * from much");
  backup = await folder.backUp("shop");
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await folder[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What goes wrong with a sandbox. */
interface Mishap {
  /** As soon as the load begins, or once some of it is there. */
  readonly at: "step" | "progress";
  /** Arguments of `docker`, given the sandbox's container. */
  readonly docker: (sandbox: string) => readonly string[];
}

/** Works in a sandbox with which something goes wrong; nothing of it may stay. */
async function failureWith(
  work: (context: Context, session: ServerSession) => Promise<unknown>,
  mishap: Mishap | undefined,
  engine: Engine = server.engine,
): Promise<OakumError> {
  let happened = false;
  const onEvent = (event: OakumEvent) => {
    if (!mishap || happened || event.type !== mishap.at || event.step !== "load") return;
    happened = true;
    // At once, while the run stands still.
    const args = [...mishap.docker(sandboxOf(context.runId))];
    new Deno.Command("docker", { args }).outputSync();
  };
  const context = { ...contextOf(server, { onEvent }), engine };
  await using session = await server.session(context.runId);
  const error = await failure(work(context, session));
  assert.equal(happened, mishap !== undefined);
  await eventually(async () => {
    const left = await server.engine.containers([`${LABELS.run}=${context.runId}`]);
    const sandboxes = left.filter(({ Labels }) => Labels[LABELS.kind] === "sandbox");
    assert.deepEqual(sandboxes, []);
  });
  return error;
}

const verifiedWith = (mishap: Mishap | undefined, engine?: Engine) =>
  failureWith(
    (context, session) => verify(context, session, { backup, others: [], restore: true }),
    mishap,
    engine,
  );

/** That the sandbox failed says nothing about the backup. */
async function assertStillGood(): Promise<void> {
  const { backups: [listed] } = await listTarget(folder.dir, folder.target("shop"));
  assert.equal(listed?.state, "good");
  assert.deepEqual(listed.manifest.suspect, []);
}

const inside = (at: Mishap["at"], script: string): Mishap => ({
  at,
  docker: (sandbox) => ["exec", "--user", "postgres", sandbox, "sh", "-c", script],
});

const MISHAPS: Readonly<Record<string, readonly [Mishap, RegExp]>> = {
  "server is killed": [
    inside("progress", "kill -9 $(head -n 1 /oakum/data/postmaster.pid)"),
    /its server ended/,
  ],
  "backend is killed as for lack of memory": [
    inside(
      "progress",
      `for process in /proc/[0-9]*; do
        grep -q '^postgres: .* shop ' "$process/cmdline" && kill -9 "\${process#/proc/}"
      done`,
    ),
    /its server ended/,
  ],
  "container is killed": [
    { at: "progress", docker: (sandbox) => ["kill", sandbox] },
    /its container was stopped/,
  ],
};

for (const [what, [mishap, text]] of Object.entries(MISHAPS)) {
  Deno.test(`verify() says nothing against a dump when the sandbox's ${what} in the load`, async () => {
    const error = await verifiedWith(mishap);
    assert.deepEqual([error.code, error.outcome], ["sandbox-lost", "failed"]);
    assert.match(error.message, text);
    await assertStillGood();
  });
}

/** The tools of a sandbox run in a sidecar of its own. */
function sidecarOf(sandbox: string): string {
  const run = `${sandbox.split("-")[1]}s`;
  const filters = [`${LABELS.run}=${run}`, `${LABELS.kind}=sidecar`];
  const args = ["ps", "--quiet", ...filters.flatMap((label) => ["--filter", `label=${label}`])];
  const { stdout } = new Deno.Command("docker", { args }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/** Ends one of pg_restore's processes, or all of them, as the kernel does for lack of memory. */
const killTool = (most: number): Mishap => ({
  at: "progress",
  docker: (sandbox) => [
    ...["exec", sidecarOf(sandbox), "sh", "-c"],
    `for process in $(grep -l '^pg_restore$' /proc/[0-9]*/comm | sort -rV | head -n ${most}); do
      process=\${process#/proc/}; kill -9 "\${process%/comm}"
    done`,
  ],
});

for (const [what, most] of [["pg_restore", 9], ["a worker of pg_restore", 1]] as const) {
  Deno.test(`verify() says nothing against a dump when ${what} is killed in the load`, async () => {
    const error = await verifiedWith(killTool(most));
    assert.deepEqual([error.code, error.outcome], ["tool-killed", "failed"]);
    await assertStillGood();
  });
}

Deno.test("verify() says that the sandbox had too little memory, and nothing against the dump", async () => {
  const Memory = 48 * 2 ** 20;
  const error = await verifiedWith(
    undefined,
    smaller(server.engine, { Memory, MemorySwap: Memory }),
  );
  assert.equal(error.code, "sandbox-lost");
  assert.match(error.hint ?? "", /of memory; a server that needs more is ended by the kernel/);
  await assertStillGood();
});

const disk = (size: string) => smaller(server.engine, { Tmpfs: { "/oakum": `size=${size}` } });

Deno.test("verify() refuses where the sandbox's disk is too small for the copy", async () => {
  const error = await verifiedWith(undefined, disk("200m"));
  assert.deepEqual([error.code, error.outcome], ["sandbox-disk", "refused"]);
  await assertStillGood();
});

/** Leaves so many kB. */
const fill = (left: number) =>
  inside(
    "step",
    `free=$(df -Pk /oakum | awk 'NR == 2 { print $4 }')
    dd if=/dev/zero of=/oakum/data/filler bs=1024 count=$((free - ${left}))`,
  );

for (const left of [0, 60_000]) {
  Deno.test(`verify() stops when the sandbox's disk has ${left} kB left in the load`, async () => {
    const error = await verifiedWith(fill(left), disk("700m"));
    assert.deepEqual([error.code, error.outcome], ["sandbox-disk-full", "failed"]);
    assert.match(error.hint ?? "", /Free some space for Docker/);
    await assertStillGood();
  });
}

Deno.test("adopt() does not blame the script when the sandbox's disk is full", async () => {
  const path = join(folder.dir, "shop.sql");
  const script = await output(["docker", "exec", server.id, "pg_dump", "-U", "postgres", "shop"]);
  await Deno.writeTextFile(path, `${script}\n`);
  const target = folder.target("shop");
  const database = { server: server.access, name: "shop" };
  const error = await failureWith(
    (context, live) => adopt(context, { path, dir: folder.dir, target, database, live }),
    fill(0),
    disk("700m"),
  );
  assert.deepEqual([error.code, error.outcome], ["sandbox-disk-full", "failed"]);
});
