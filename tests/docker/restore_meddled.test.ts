import assert from "node:assert/strict";
import type { Backup } from "../../src/backups/list.ts";
import { OakumError } from "../../src/core/errors.ts";
import type { OakumEvent } from "../../src/core/events.ts";
import { LABELS } from "../../src/docker/sidecar.ts";
import { dumpPath } from "../../src/backups/list.ts";
import type { RestoreRequest } from "../../src/operations/restore/request.ts";
import { inMaintenance } from "../../src/postgres/maintenance.ts";
import { dropMarked, listMarked } from "../../src/postgres/marks.ts";
import { BackupFolder, contextOf, makeShop } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
let folder: BackupFolder;
let backup: Backup;

Deno.test.beforeAll(async () => {
  server = await startServer();
  await makeShop(server, "shop");
  folder = await BackupFolder.make(server);
  backup = await folder.backUp("shop");
  await server.psql("shop", "delete from bids where id > 10");
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await folder[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Runs docker to its end while the restore stands still. */
function docker(...args: string[]): string {
  const { code, stdout, stderr } = new Deno.Command("docker", { args }).outputSync();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

const sql = (statement: string) =>
  docker("exec", server.id, "psql", "-qXU", "postgres", "-v", "ON_ERROR_STOP=1", "-c", statement);

/** The point that an event stands for, such as `load` or `swap/renamed`. */
function pointOf(event: OakumEvent): string {
  if (event.type === "step") return event.step;
  return event.type === "progress" && event.step === "swap" ? `swap/${event.item}` : event.type;
}

interface Meddled {
  readonly error: unknown;
  readonly events: readonly OakumEvent[];
}

/** Restores, and does something once when a point is reached; hands back how it ended. */
async function meddle(
  point: string,
  work: (run: string) => unknown,
  wish: Partial<RestoreRequest> = {},
): Promise<Meddled> {
  let met = 0;
  const context = contextOf(server, {
    onEvent: (event) => {
      if (pointOf(event) === point && met++ === 0) work(context.runId);
    },
  });
  const restoring = folder.restore(wish.backup as Backup ?? backup, { ...wish, context });
  const error = await restoring.then(() => undefined, (error) => error);
  assert.ok(met > 0, `it never came to ${point}: ${error?.stack}`);
  return { error, events: context.events };
}

function assertUnchanged(error: unknown, says: RegExp): void {
  assert.ok(error instanceof OakumError, `no error for people: ${(error as Error)?.stack}`);
  assert.equal(error.outcome, "unchanged", error.message);
  assert.match(error.message, says);
}

/** Ends what oakum says is left; then there is the live database and nothing else. */
async function sweepDatabases(): Promise<number> {
  await using session = await server.session();
  const left = await inMaintenance(session, async (sql) => {
    const marked = await listMarked(sql);
    for (const database of marked) await dropMarked(sql, database);
    return marked.length;
  }, { lock: 30_000 });
  assert.deepEqual(await server.databases(), ["postgres", "shop"]);
  return left;
}

for (
  const point of [
    ...["create", "load", "compare", "carry", "analyze", "swap"],
    ...["swap/renaming", "swap/renamed"],
  ]
) {
  Deno.test(`restore() whose sidecar is removed at ${point} leaves the live database whole`, async () => {
    const { error } = await meddle(point, (run) => {
      const ids = docker("ps", "--quiet", "--filter", `label=${LABELS.run}=${run}`).split("\n");
      docker("rm", "--force", ...ids);
    });
    assertUnchanged(error, /was stopped or removed|lock on "shop" was lost|connection .* ended/);
    assert.equal(await server.psql("shop", "select count(*) from bids"), "10");
    await sweepDatabases();
  });
}

for (const point of ["load", "compare", "analyze"]) {
  Deno.test(`restore() says that its copy was dropped by somebody at ${point}`, async () => {
    const { error } = await meddle(point, (run) => {
      sql(`drop database "shop__restore_${run}" with (force)`);
    });
    assertUnchanged(error, /"shop__restore_\w+" (does not exist|is gone)\./);
    assert.equal(await server.psql("shop", "select count(*) from bids"), "10");
    assert.equal(await sweepDatabases(), 0);
  });
}

Deno.test("restore() says that the live database was dropped meanwhile", async () => {
  await makeShop(server, "fleeting");
  const own = await folder.backUp("fleeting");
  const { error } = await meddle("analyze", () => sql("drop database fleeting with (force)"), {
    backup: own,
    target: own.manifest.target,
  });
  assertUnchanged(error, /Somebody has dropped or renamed the database "fleeting"/);
  assert.equal(await sweepDatabases(), 0);
});

Deno.test("restore() --into says that the name was taken meanwhile", async () => {
  const { error } = await meddle("analyze", () => sql("create database beside"), {
    into: "beside",
  });
  assertUnchanged(error, /Somebody has made the database "beside"/);
  await server.psql("postgres", "drop database beside");
  assert.equal(await sweepDatabases(), 0);
});

Deno.test("restore() loads nothing of a dump that was changed after it was checked", async () => {
  const path = dumpPath(backup);
  const whole = await Deno.readFile(path);
  const { error } = await meddle("create", () => {
    const bytes = whole.slice();
    bytes[bytes.length >> 1]! ^= 1;
    Deno.writeFileSync(path, bytes);
  });
  await Deno.writeFile(path, whole);
  assertUnchanged(error, /another SHA-256/);
  assert.equal(await sweepDatabases(), 0);
});

Deno.test("restore() names the role that was dropped meanwhile", async () => {
  await makeShop(server, "granted");
  await server.psql("granted", "create role passing; grant select on bids to passing");
  const own = await folder.backUp("granted");
  await server.psql("postgres", "drop database granted");
  const { error } = await meddle("load", () => sql("drop role passing"), {
    backup: own,
    target: own.manifest.target,
  });
  assertUnchanged(error, /role "passing" does not exist/);
  assert.equal(await sweepDatabases(), 0);
});
