import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { listTarget } from "../../src/backups/list.ts";
import type { Backup } from "../../src/backups/list.ts";
import { lockFolder } from "../../src/backups/lock.ts";
import { systemClock } from "../../src/core/time.ts";
import { LABELS } from "../../src/docker/sidecar.ts";
import { verify } from "../../src/operations/verify.ts";
import { proveByRestore } from "../../src/operations/verify/prove_by_restore.ts";
import { BackupFolder, contextOf, makeShop } from "./restore_support.ts";
import { type RestoreServer, startServer } from "./server_fixture.ts";

/** Verifies as the command does; hands back the findings and how the manifest stands afterwards. */
async function verified(folder: BackupFolder, backup: Backup, restore = true) {
  const context = contextOf(folder.server);
  await using session = await folder.server.session(context.runId);
  const { level, findings } = await verify(context, session, { backup, others: [], restore });
  const { backups } = await listTarget(folder.dir, backup.manifest.target);
  const [after] = backups.filter(({ id }) => id === backup.id);
  assert.ok(after?.state !== "damaged");
  const left = await folder.server.engine.containers([`${LABELS.run}=${context.runId}`]);
  assert.deepEqual(left.filter(({ Names }) => Names[0]?.includes("-sandbox-")), []);
  return { level, findings, manifest: after!.manifest };
}

for (const image of ["postgres17", "postgres15"] as const) {
  Deno.test(`verify() in ${image}`, async (t) => {
    await using server: RestoreServer = await startServer(image);
    await using folder = await BackupFolder.make(server);

    await t.step("proves a backup by a restore in a sandbox, and writes that down", async () => {
      await makeShop(server, "shop");
      await server.psql(
        "shop",
        `create role app login; create role "the owner" superuser;
         alter table bids owner to "the owner"; grant select on artworks to app;
         create function log() returns event_trigger language plpgsql as 'begin end';
         create event trigger log on ddl_command_end execute function log();
         alter event trigger log owner to "the owner"`,
      );
      const backup = await folder.backUp("shop");
      const { level, findings, manifest } = await verified(folder, backup);
      assert.deepEqual([level, findings], ["restore", []]);
      assert.equal(manifest.verified.level, "restore");
      assert.deepEqual(await server.databases(), ["postgres", "shop"]);
    });

    await t.step("does not make a proof weaker by reading only", async () => {
      const { backups } = await listTarget(folder.dir, folder.target("shop"));
      const { manifest } = await verified(folder, backups[0] as Backup, false);
      assert.equal(manifest.verified.level, "restore");
    });

    await t.step("proves one without a public schema, with an index in a tablespace", async () => {
      await server.psql("postgres", "create database bare template template0");
      await server.psql(
        "bare",
        `set allow_in_place_tablespaces = on; create tablespace fast location '';
         drop schema public; create schema own; create table own.t (id int);
         create index t_id on own.t (id) tablespace fast; insert into own.t values (1)`,
      );
      const { level, findings } = await verified(folder, await folder.backUp("bare"));
      assert.deepEqual([level, findings], ["restore", []]);
    });

    await t.step("names what does not restore, and makes the backup suspect", async () => {
      await server.psql("postgres", "create database unqualified");
      await server.psql(
        "unqualified",
        `create function positive(int) returns boolean immutable language sql as 'select $1 > 0';
         create function valid(int) returns boolean immutable language plpgsql
           as 'begin return positive($1); end';
         create table bids (cents int check (valid(cents))); insert into bids values (1);`,
      );
      const { level, findings, manifest } = await verified(
        folder,
        await folder.backUp("unqualified"),
      );
      assert.equal(level, "none");
      assert.match(findings[0] ?? "", /table "bids".*ALTER FUNCTION public\.valid\(integer\)/);
      assert.deepEqual(manifest.suspect, findings);
    });

    const proved = (backup: Backup) =>
      proveByRestore(contextOf(server), server.access, { ...backup, seen: undefined });

    await t.step("names roles that cannot be made", async () => {
      const backup = await folder.backUp("shop");
      const { globals } = backup.manifest;
      const script = `${backup.folder}/${globals!.file}`;
      const text = `${await Deno.readTextFile(script)}ALTER ROLE app VALID UNTIL 'whenever';\n`;
      const sha256 = createHash("sha256").update(text).digest("hex");
      await Deno.chmod(script, 0o600);
      await Deno.writeTextFile(script, text);
      const manifest = { ...backup.manifest, globals: { ...globals!, sha256 } };
      const findings = await proved({ ...backup, manifest });
      assert.match(
        findings[0] ?? "",
        /^The roles of .* cannot all be made: line \d+: invalid input syntax /,
      );
    });

    await t.step("makes no roles from a script that is not the one that was written", async () => {
      const backup = await folder.backUp("shop");
      const { id, globals } = backup.manifest;
      const manifest = { ...backup.manifest, globals: { ...globals!, sha256: "0".repeat(64) } };
      const findings = await proved({ ...backup, manifest });
      assert.match(findings[0] ?? "", /globals\.sql" has another SHA-256 than its manifest says/);
      assert.match(findings[0] ?? "", new RegExp(id));
    });

    await t.step("finds one byte that was changed", async () => {
      const backup = await folder.backUp("shop");
      const path = `${backup.folder}/${backup.manifest.dump.file}`;
      const bytes = await Deno.readFile(path);
      bytes[bytes.length >> 1]! ^= 1;
      await Deno.chmod(path, 0o600);
      await Deno.writeFile(path, bytes);
      const { level, findings } = await verified(folder, backup);
      assert.equal(level, "none");
      assert.match(findings[0] ?? "", /not the bytes that were written/);
    });

    await t.step("tells what it finds also while another run holds the folder", async () => {
      const [damaged] = (await listTarget(folder.dir, folder.target("shop"))).backups;
      const holder = { run: "other", command: "backup", pid: 1, clock: systemClock };
      await using _held = await lockFolder(damaged!.folder, holder);
      const context = contextOf(server);
      await using session = await server.session(context.runId);
      const request = { backup: damaged as Backup, others: [], restore: false, patienceMs: 0 };
      const { findings } = await verify(context, session, request);
      assert.match(findings[0] ?? "", /not the bytes that were written/);
      const warnings = context.events.filter(({ type }) => type === "warning");
      assert.match(JSON.stringify(warnings), /not-noted.*in use by `backup`/);
    });
    assert.equal(await server.hasCrashed(), false);
  });
}
