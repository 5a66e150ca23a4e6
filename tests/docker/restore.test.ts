import assert from "node:assert/strict";
import { BackupFolder } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
Deno.test.beforeAll(async () => {
  server = await startServer();
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await server[Symbol.asyncDispose]();
});

/** A database with a bit of everything that a dump holds. */
async function makeShop(name: string): Promise<void> {
  await server.psql("postgres", `create database "${name}"`);
  await server.psql(
    name,
    `
    create extension citext;
    create type state as enum ('open', 'closed');
    create table artworks (id bigint generated always as identity primary key, title citext not null,
      state state not null default 'open');
    create table bids (id serial primary key, artwork bigint not null references artworks,
      cents int not null check (cents > 0), at timestamptz not null default now());
    create index bids_at on bids (at);
    create view open_artworks as select * from artworks where state = 'open';
    create function total(bigint) returns bigint language sql stable
      as 'select sum(cents) from public.bids where artwork = $1';
    insert into artworks (title) select 'Work ' || n from generate_series(1, 50) n;
    insert into bids (artwork, cents) select 1 + n % 50, n from generate_series(1, 5000) n;
    select lo_from_bytea(0, 'a large object');
  `,
  );
}

Deno.test("restore() brings a damaged database back and keeps the damaged one", async () => {
  await makeShop("damaged");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("damaged");
  await server.psql("damaged", "delete from bids where id > 100; drop view open_artworks");

  const report = await folder.restore(backup);

  assert.equal(await server.psql("damaged", "select count(*), max(id) from bids"), "5000|5000");
  assert.equal(await server.psql("damaged", "select count(*) from open_artworks"), "50");
  assert.equal(report.rows, 5050);
  assert.deepEqual(report.warnings, []);
  assert.deepEqual(report.restart, ["web"]);
  assert.equal(await server.psql(report.keptAs!, "select count(*) from bids"), "100");
});

for (const compression of ["none", "gzip:1"]) {
  Deno.test(`restore() loads a plain dump with compression ${compression}`, async () => {
    const name = `plain_${compression.replace(":", "_")}`;
    await makeShop(name);
    await using folder = await BackupFolder.make(server);
    const backup = await folder.backUp(name, { format: "plain", compression });
    await server.psql(name, "truncate bids");
    await folder.restore(backup);
    assert.equal(await server.psql(name, "select count(*) from bids"), "5000");
  });
}
