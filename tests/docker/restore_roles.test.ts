import assert from "node:assert/strict";
import { BackupFolder, makeShop } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;

Deno.test.beforeAll(async () => {
  server = await startServer();
});
Deno.test.afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** What the role's sessions begin with, everywhere and in single databases. */
const SETTINGS = `
  select coalesce(datname, ''), setting from pg_db_role_setting
    left join pg_database d on d.oid = setdatabase, unnest(setconfig) setting
  where setrole = 'clerk'::regrole order by 1, 2`;

const CLERK = `create role clerk login password 'secret';
  alter role clerk set search_path to shop, "Odd, name", public;
  alter role clerk set statement_timeout = '5s';
  alter role clerk set application_name = 'it''s a \\ clerk';
  alter role clerk set my.thing = 'a,b';
  alter role clerk set log_statement = 'all';`;

for (const replaces of [true, false]) {
  const where = replaces ? "beside a live database" : "where there is none";
  Deno.test(`restore() gives a created role its settings, ${where}`, async () => {
    await makeShop(server, "shop");
    await server.psql(
      "shop",
      `${CLERK} grant select on bids to clerk;
       alter role clerk in database shop set work_mem = '64MB';
       alter role clerk in database shop set search_path to shop, public;`,
    );
    const before = (await server.psql("postgres", SETTINGS)).split("\n");
    assert.equal(before.length, 7);
    await using folder = await BackupFolder.make(server);
    const backup = await folder.backUp("shop");
    await server.psql("shop", "drop owned by clerk; drop role clerk");
    if (!replaces) await server.psql("postgres", "drop database shop");

    const report = await folder.restore(backup, { createRoles: true });
    const expected = before.filter((line) => !line.includes("log_statement"));
    assert.deepEqual((await server.psql("postgres", SETTINGS)).split("\n"), expected);
    assert.match(
      report.warnings.join(),
      /"clerk" is created without its settings of log_statement/,
    );
    if (replaces) await folder.finalize("shop");
    await server.psql("shop", "drop owned by clerk; drop role clerk");
    await server.psql("postgres", "drop database shop");
  });
}
