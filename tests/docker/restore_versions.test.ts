import assert from "node:assert/strict";
import { OakumError } from "../../src/core/errors.ts";
import { BackupFolder, makeShop } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

const bids = (server: RestoreServer) => server.psql("shop", "select count(*) from bids");

Deno.test("a backup goes back into its own major version and a newer one, not an older one", async () => {
  await using old = await startServer("postgres15");
  await using young = await startServer("postgres17");
  await using oldFolder = await BackupFolder.make(old);
  await using youngFolder = await BackupFolder.make(young);
  await makeShop(old, "shop");
  await makeShop(young, "shop");

  const backup = await oldFolder.backUp("shop");
  await old.psql("shop", "truncate bids");
  await oldFolder.restore(backup);
  assert.equal(await bids(old), "5000");

  await young.psql("shop", "truncate bids");
  const report = await oldFolder.restore(backup, { server: young });
  assert.match(
    report.warnings.join(),
    /words 1 definition in another way: view public\.open_artworks/,
  );
  assert.equal(await bids(young), "5000");

  const newer = await youngFolder.backUp("shop");
  await assert.rejects(youngFolder.restore(newer, { server: old }), (error) => {
    assert.ok(error instanceof OakumError);
    assert.deepEqual([error.code, error.outcome], ["older-major", "refused"]);
    return true;
  });
  for (const server of [old, young]) assert.equal(await server.hasCrashed(), false);
});

Deno.test("a server of PostgreSQL 16 that was built without zstd gives and takes backups", async () => {
  await using server = await startServer("postgres16");
  await using folder = await BackupFolder.make(server);
  await server.psql("postgres", "create database shop template template0");
  await server.psql("shop", "create table bids as select generate_series(1, 5000) as id");
  const backup = await folder.backUp("shop");
  assert.equal(backup.manifest.dump.compression, "gzip:1");
  await server.psql("shop", "truncate bids");
  await folder.restore(backup);
  assert.equal(await bids(server), "5000");
});

Deno.test("PostgreSQL 18 gives and takes backups, and takes those of 17", async () => {
  await using server = await startServer("postgres18");
  await using folder = await BackupFolder.make(server);
  await makeShop(server, "shop");
  for (const format of ["custom", "plain"] as const) {
    const backup = await folder.backUp("shop", { format });
    await server.psql("shop", "truncate bids");
    await folder.restore(backup);
    assert.equal(await bids(server), "5000");
    await folder.finalize("shop");
  }
  await using old = await startServer("postgres17");
  await using oldFolder = await BackupFolder.make(old);
  await makeShop(old, "shop");
  await oldFolder.restore(await oldFolder.backUp("shop"), { server });
  assert.equal(await bids(server), "5000");
  assert.equal(await server.hasCrashed(), false);
});

const SOCKETS = "/var/run/postgresql";

for (
  const [where, options] of [
    ["its own container only", []],
    ["a volume", ["--volume", SOCKETS]],
  ] as const
) {
  Deno.test(`restore() works on a server without a port whose socket is in ${where}`, async () => {
    await using server = await startServer("postgres17", {
      args: ["-c", "listen_addresses="],
      socketFolder: SOCKETS,
      options,
    });
    await makeShop(server, "shop");
    await using folder = await BackupFolder.make(server);
    for (const format of ["custom", "plain"] as const) {
      const backup = await folder.backUp("shop", { format });
      await server.psql("shop", "truncate bids");
      await folder.restore(backup);
      assert.equal(await bids(server), "5000");
    }
    assert.equal(await server.hasCrashed(), false);
  });
}
