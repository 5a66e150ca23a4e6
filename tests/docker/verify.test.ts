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

    const made = async (name: string, script: string) => {
      await server.psql("postgres", `create database ${name}`);
      await server.psql(name, script);
      return await folder.backUp(name);
    };

    await t.step("counts hash partitions together: values are dealt out anew", async () => {
      const parts = (table: string) =>
        [0, 1, 2, 3].map((rest) =>
          `create table ${table}_${rest} partition of ${table}
             for values with (modulus 4, remainder ${rest});`
        ).join("\n");
      const backup = await made(
        "hashed",
        `create type colour as enum ('a', 'b', 'c', 'd', 'e', 'f');
         create domain tint as colour;
         create extension citext;
         create table plain (k colour, n int) partition by hash (k); ${parts("plain")}
         create table tinted (k tint, n int) partition by hash (k); ${parts("tinted")}
         create table worded (k citext, n int) partition by hash (k); ${parts("worded")}
         create table years (k colour, y int) partition by range (y);
         create table y1 partition of years for values from (0) to (10) partition by hash (k);
         create table y2 partition of years for values from (10) to (20);
         ${parts("y1")}
         insert into plain select (enum_range(null::colour))[1 + n % 6], n from generate_series(1, 600) n;
         insert into tinted select * from plain; insert into worded select k::text, n from plain;
         insert into years select k, n % 20 from plain`,
      );
      const { level, findings } = await verified(folder, backup);
      assert.deepEqual([level, findings], ["restore", []]);
      await server.psql("hashed", "delete from plain where n = 1; delete from y2");
      const restored = await folder.restore(backup);
      assert.equal(restored.rows, 2400);
      assert.equal(await server.psql("hashed", "select count(*) from plain"), "600");
    });

    await t.step("does not set off the event triggers of a dump, however often", async () => {
      const backup = await made(
        "logged",
        `create table ddl_log (tag text);
         create function note_ddl() returns event_trigger language plpgsql
           as $$ begin insert into public.ddl_log values (tg_tag); end $$;
         create materialized view mv as select 1 as n;
         create event trigger note_ddl on ddl_command_end execute function note_ddl();
         create table after_it (n int)`,
      );
      assert.match(backup.manifest.restoreCommand, /PGOPTIONS='-c \w+=\w+' pg_restore/);
      const { level, findings } = await verified(folder, backup);
      assert.deepEqual([level, findings], ["restore", []]);
      for (let time = 0; time < 2; time++) await folder.restore(backup);
      assert.equal(await server.psql("logged", "select * from ddl_log"), "CREATE TABLE");
    });

    await t.step("proves in the order of every restore, and names what needs another", async () => {
      const inOther = (from: string) =>
        `create function in_other(i int) returns boolean language sql
           as 'select exists (select from public.${from} where id = i)';`;
      const failing = await made(
        "unordered",
        `create table b (id int primary key); create table a (id int, b_id int);
         ${inOther("b")}
         alter table a add constraint in_b check (in_other(b_id));
         insert into b select generate_series(1, 300000); insert into a values (1, 1)`,
      );
      const { level, findings } = await verified(folder, failing);
      assert.equal(level, "none");
      assert.match(
        findings[0] ?? "",
        /table "a".*in_b.*The CHECK in_b on public\.a calls public\.in_other\(integer\), which reads public\.b\..*trigger.*NOT VALID/,
      );
      const lucky = await made(
        "lucky",
        `create table a (id int primary key); create table b (id int, a_id int);
         ${inOther("a")}
         alter table b add constraint in_a check (in_other(a_id));
         insert into a values (1); insert into b values (1, 1)`,
      );
      assert.equal((await verified(folder, lucky)).level, "restore");
      assert.equal((await folder.restore(lucky, { jobs: 4 })).rows, 2);
    });

    await t.step("says which row refers to nothing, and what to do", async () => {
      const backup = await made(
        "orphan",
        `create table b (id int primary key); create table a (b_id int references b);
         set session_replication_role = replica; insert into a values (99)`,
      );
      const { findings } = await verified(folder, backup);
      assert.match(findings[0] ?? "", /a_b_id_fkey": Key \(b_id\)=\(99\).*Delete or mend/);
      assert.doesNotMatch(findings[0] ?? "", /--json/);
    });

    const proved = async (backup: Backup) => {
      await using session = await server.session();
      const seen = { ...backup, seen: undefined };
      return (await proveByRestore(contextOf(server), session, seen)).findings;
    };

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
    // From 17 on such a view cannot be made at all.
    if (image === "postgres15") {
      await t.step("says where a text in a view lacks a schema", async () => {
        const backup = await made(
          "unnamed",
          `create table docs (tsv tsvector);
           create materialized view words as select * from ts_stat('select tsv from docs')`,
        );
        const { findings } = await verified(folder, backup);
        assert.match(
          findings[0] ?? "",
          /view data words: relation "docs".*Write public\.docs there/,
        );
      });
    }
    assert.equal(await server.hasCrashed(), false);
  });
}
