import assert from "node:assert/strict";
import { OakumError } from "../../src/core/errors.ts";
import { BackupFolder, contextOf } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

/** A server whose data lie on a file system of a known size, with a database of about 60 MB. */
async function smallServer(size: string): Promise<RestoreServer> {
  const server = await startServer("postgres17", {
    options: ["--tmpfs", `/var/lib/postgresql/data:size=${size}`],
    args: ["-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB"],
  });
  await server.psql("postgres", "create database shop");
  await server.psql(
    "shop",
    "create table much as select n, repeat(md5(n::text), 10) as x from generate_series(1, 150000) n",
  );
  await server.psql("shop", "checkpoint");
  return server;
}

async function failure(work: Promise<unknown>): Promise<OakumError> {
  const error = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof OakumError, `${error?.stack ?? "it did not fail"}`);
  return error;
}

Deno.test("restore() refuses where the copy does not fit on the server's disk", async () => {
  await using server = await smallServer("260m");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("shop");

  const error = await failure(folder.restore(backup));

  assert.deepEqual([error.code, error.outcome], ["server-disk", "refused"]);
  assert.match(error.message, /The server has \d+ MB free at ".*"; the copy needs \d+ MB there/);
  assert.deepEqual(await server.databases(), ["postgres", "shop"]);
});

/** Leaves 90 MB: less than must always stay free, and enough for a server that is left alone. */
const FILL = `free=$(df -Pk "$PGDATA" | awk 'NR == 2 { print $4 }')
dd if=/dev/zero of="$PGDATA/filler" bs=1024 count=$((free - 92160))`;

Deno.test("restore() stops when the server's disk fills up under way, and the live server is up", async () => {
  await using server = await smallServer("1g");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("shop");
  const context = contextOf(server, {
    onEvent: (event) => {
      if (event.type !== "step" || event.step !== "load") return;
      // At once, while the run stands still: somebody else writes to the same disk.
      const args = ["exec", server.id, "sh", "-c", FILL];
      new Deno.Command("docker", { args }).outputSync();
    },
  });

  const error = await failure(folder.restore(backup, { context }));

  assert.deepEqual([error.code, error.outcome], ["server-disk-low", "unchanged"]);
  assert.equal(await server.psql("shop", "select count(*) from much"), "150000");
  await server.psql("shop", "create table still_writable as select 1");
  assert.deepEqual(await server.databases(), ["postgres", "shop"]);
  assert.equal(await server.hasCrashed(), false);
});
