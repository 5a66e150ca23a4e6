import assert from "node:assert/strict";
import { runCommand } from "../../src/docker/run.ts";
import { BackupFolder, failure, makeShop } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

let server: RestoreServer;
Deno.test.beforeAll(async () => {
  server = await startServer("postgres17", {
    args: ["-c", "max_prepared_transactions=5", "-c", "wal_level=logical"],
  });
});
Deno.test.afterAll(async () => {
  assert.equal(await server.hasCrashed(), false);
  await server[Symbol.asyncDispose]();
});

const withoutRoles = (names: string) =>
  server.psql("postgres", names.split(" ").map((name) => `drop role if exists ${name};`).join(""));

Deno.test("restore() refuses a dump in which one byte was changed", async () => {
  await makeShop(server, "flipped");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("flipped");
  const path = `${backup.folder}/${backup.manifest.dump.file}`;
  const bytes = await Deno.readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  await Deno.chmod(path, 0o600);
  await Deno.writeFile(path, bytes);
  const error = await failure(folder.restore(backup));
  assert.deepEqual([error.code, error.outcome], ["backup-damaged", "refused"]);
});

Deno.test("restore() refuses where roles are missing, and creates them on consent without powers", async () => {
  await makeShop(server, "roles");
  await server.psql(
    "roles",
    `create role lost_owner login password 'secret' connection limit 3;
     create role lost_group createdb; grant lost_group to lost_owner;
     alter table bids owner to lost_owner; grant select on artworks to lost_group;`,
  );
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("roles");
  const verifier = await server.psql(
    "postgres",
    "select rolpassword from pg_authid where rolname = 'lost_owner'",
  );
  await server.psql("postgres", "drop database roles");
  await withoutRoles("lost_owner lost_group");

  const error = await failure(folder.restore(backup));
  assert.deepEqual([error.code, error.outcome], ["missing-roles", "refused"]);
  assert.match(error.message, /"lost_group", "lost_owner" \(may log in\)/);

  const report = await folder.restore(backup, { createRoles: true });
  assert.deepEqual(report.rolesCreated, ["lost_group", "lost_owner"]);
  assert.match(report.warnings.join(), /"lost_group" was CREATEDB and is created without that/);
  const created = await server.psql(
    "postgres",
    `select rolname, rolcanlogin, rolcreatedb, rolconnlimit, coalesce(rolpassword, '')
     from pg_authid where rolname like 'lost\\_%' order by 1;
     select pg_has_role('lost_owner', 'lost_group', 'member')`,
  );
  assert.equal(created, `lost_group|f|f|-1|\nlost_owner|t|f|3|${verifier}\nt`);
});

Deno.test("restore() refuses where a tablespace is missing", async () => {
  await server.psql(
    "postgres",
    "set allow_in_place_tablespaces = on; create tablespace fast location ''",
  );
  await makeShop(server, "spaced");
  await server.psql("spaced", "alter index bids_at set tablespace fast");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("spaced");
  await folder.restore(backup);
  await folder.finalize("spaced");
  await server.psql("spaced", "alter index bids_at set tablespace pg_default");
  await server.psql("postgres", "drop tablespace fast");

  const error = await failure(folder.restore(backup));
  assert.deepEqual([error.code, error.outcome], ["missing-tablespace", "refused"]);
  assert.match(error.message, /"fast"/);
});

Deno.test("restore() refuses a prepared transaction, whatever is allowed", async () => {
  await makeShop(server, "prepared");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("prepared");
  await server.psql(
    "prepared",
    "begin; insert into bids values (-1, 1, 1); prepare transaction 'p'",
  );
  const error = await failure(folder.restore(backup, { allow: ["prepared-transaction"] }));
  assert.deepEqual([error.code, error.outcome], ["prepared-transaction", "refused"]);
  await server.psql("prepared", "rollback prepared 'p'");
  await folder.restore(backup);
});

Deno.test("restore() refuses a logical slot unless it is allowed by name", async () => {
  await makeShop(server, "slotted");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("slotted");
  await server.psql("slotted", "select pg_create_logical_replication_slot('s', 'pgoutput')");
  const error = await failure(folder.restore(backup));
  assert.deepEqual([error.code, error.outcome], ["logical-slot", "refused"]);
  assert.match(error.hint ?? "", /--allow logical-slot/);

  const { keptAs } = await folder.restore(backup, { allow: ["logical-slot"] });
  const where = "select database from pg_replication_slots where slot_name = 's'";
  assert.equal(await server.psql("postgres", where), keptAs);
  assert.equal((await failure(folder.finalize("slotted"))).code, "logical-slot");
  await folder.finalize("slotted", ["logical-slot"]);
  assert.equal(await server.psql("postgres", where), "");
});

Deno.test("restore() leaves subscriptions out of the copy and refuses to strand the live one's", async () => {
  await makeShop(server, "subscribed");
  await server.psql(
    "subscribed",
    "create subscription sub connection 'host=nowhere' publication p with (connect = false)",
  );
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("subscribed");
  assert.equal((await failure(folder.restore(backup))).code, "subscription");
  await folder.restore(backup, { into: "subscribed copy" });
  const databases = "select d.datname from pg_subscription s join pg_database d on d.oid = subdbid";
  assert.equal(await server.psql("postgres", databases), "subscribed");
});

Deno.test("restore() refuses an extension that the server lacks or that was never tested", async () => {
  await makeShop(server, "extended");
  await using folder = await BackupFolder.make(server);
  const backup = await folder.backUp("extended");
  const withExtension = (name: string) => {
    const extensions = [{ name, version: "1.0", schema: "public" }];
    const database = { ...backup.manifest.database, extensions };
    return { ...backup, manifest: { ...backup.manifest, database } };
  };
  const missing = await failure(folder.restore(withExtension("timescaledb")));
  assert.deepEqual([missing.code, missing.outcome], ["missing-extension", "refused"]);

  const control = "comment = 'odd'\\ndefault_version = '1.0'";
  const script = `cd "$(pg_config --sharedir)/extension" && printf "${control}" > odd.control`;
  await runCommand(server, { cmd: ["sh", "-c", script] });
  const untested = await failure(folder.restore(withExtension("odd")));
  assert.deepEqual([untested.code, untested.outcome], ["untested-extension", "refused"]);
});
