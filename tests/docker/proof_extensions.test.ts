import assert from "node:assert/strict";
import { listTarget } from "../../src/backups/list.ts";
import type { Backup } from "../../src/backups/list.ts";
import { newRunId } from "../../src/core/run.ts";
import { verify } from "../../src/operations/verify.ts";
import { requireRestorable } from "../../src/operations/restore/restorable.ts";
import { Sandbox } from "../../src/postgres/sandbox.ts";
import { BackupFolder, contextOf, failure } from "./restore_support.ts";
import { startServer } from "./server_fixture.ts";

const PRELOADED = ["pgaudit", "pg_cron", "pg_stat_statements", "pg_partman_bgw"];

Deno.test("a backup is proved as its own server would restore it", async (t) => {
  await using server = await startServer("postgres17-extensions", {
    args: [
      ...["-c", `shared_preload_libraries=${PRELOADED.join(",")}`],
      ...["-c", "cron.database_name=planned"],
    ],
  });
  await using folder = await BackupFolder.make(server);
  const made = async (name: string, script: string) => {
    await server.psql("postgres", `create database ${name}`);
    await server.psql(name, script);
    return await folder.backUp(name);
  };
  const proved = async (backup: Backup) => {
    const context = contextOf(server);
    await using session = await server.session(context.runId);
    const found = await verify(context, session, { backup, others: [], restore: true });
    const { backups } = await listTarget(folder.dir, backup.manifest.target);
    const after = backups.find(({ id }) => id === backup.id) as Backup;
    const warnings = context.events.flatMap((one) => one.type === "warning" ? [one.text] : []);
    return { ...found, after, warnings };
  };

  const restorable = async (database: string, allow: readonly string[] = []) => {
    const context = contextOf(server);
    await using session = await server.session(context.runId);
    const asked = { target: folder.target(database), dir: folder.dir, allow, schema: [] };
    await requireRestorable(context, session, asked);
  };

  await t.step(
    "with what the server loads at its start, and nothing that acts by itself",
    async () => {
      const audited = await made("audited", "create extension pgaudit; create table t (n int)");
      const asked = await failure(folder.restore(audited));
      assert.equal(asked.code, "untested-extension");
      assert.match(asked.hint ?? "", new RegExp(`oakum verify --restore ${audited.id}`));
      const before = await failure(restorable("audited"));
      assert.match(before.hint ?? "", /oakum backup --verify restore/);
      await restorable("audited", ["untested-extension"]);
      assert.deepEqual((await proved(audited)).findings, []);
      // What was proved is asked about no more, nor is the next backup of the same database.
      await restorable("audited");
      await folder.restore(await folder.backUp("audited"));
      const planned = await made(
        "planned",
        `create extension pg_cron; create table runs (n int);
       select cron.schedule('often', '1 second', 'insert into runs values (1)');
       select cron.unschedule('often');
       select cron.schedule('yearly', '0 0 1 1 *', 'insert into public.runs values (1)')`,
      );
      const { level, findings, after } = await proved(planned);
      assert.deepEqual([level, findings], ["restore", []]);
      assert.equal(after.manifest.verified.imageId, server.access.container.Image);
      await folder.restore(after);
      assert.equal(await server.psql("planned", "select schedule from cron.job"), "0 0 1 1 *");
    },
  );

  await t.step("with extensions of every kind in one database", async () => {
    const backup = await made(
      "many",
      `create extension vector; create extension hstore; create extension pg_stat_statements;
       create schema partman; create extension pg_partman schema partman;
       create table items (id int, v vector(3), h hstore);
       create index on items using hnsw (v vector_l2_ops);
       insert into items select n, ('[' || n || ',1,2]')::vector, 'a=>1' from generate_series(1, 50) n;
       create table days (day date not null) partition by range (day);
       select partman.create_parent('public.days', 'day', '1 month');
       insert into days values (current_date)`,
    );
    const { level, findings } = await proved(backup);
    assert.deepEqual([level, findings], ["restore", []]);
  });

  await t.step(
    "but for what a copy without a network cannot reach, which is not its fault",
    async () => {
      const far = await made(
        "far",
        `create extension postgres_fdw; create extension dblink; create extension vector;
       create server far foreign data wrapper postgres_fdw
         options (host '127.0.0.1', dbname 'audited', port '5432');
       create user mapping for public server far options (user 'postgres', password_required 'false');
       create foreign table t (n int) server far;
       create table own (n int); insert into own values (1);
       create view over_t as select n from t;
       create materialized view "By foreign table" as select n from over_t;
       create materialized view of_view as select n from "By foreign table";
       create function dial() returns bigint language sql
         as $$ select n from public.dblink('host=127.0.0.1 user=postgres dbname=audited port=5432',
           'select 1') as d(n bigint) $$;
       create materialized view by_dblink as select dial() as n;
       create materialized view of_dblink as select n from by_dblink;
       create materialized view of_own as select n from own`,
      );
      const { level, findings, notProved, after } = await proved(far);
      assert.deepEqual([level, findings, after.state], ["read", [], "good"]);
      assert.match(notProved ?? "", /"By foreign table".*All else was restored and compared/);
      for (const name of ["of_view", "by_dblink", "of_dblink"]) {
        assert.match(
          notProved ?? "",
          new RegExp(name),
        );
      }
      assert.doesNotMatch(notProved ?? "", /of_own/);
      assert.equal(after.manifest.verified.notProved, notProved);
      // To try once more would end as this try did.
      for (const ask of [() => folder.restore(after), () => restorable("far")]) {
        const { code, hint = "" } = await failure(ask());
        assert.equal(code, "untested-extension");
        assert.match(hint, /A sandbox cannot prove it: .*"By foreign table"/);
        assert.doesNotMatch(hint, /oakum (verify|backup)/);
      }
    },
  );

  await t.step(
    "though a role or the database has a setting that no server knows any more",
    async () => {
      const old = await made(
        "zoned",
        `create role reporter; alter role reporter set timezone = 'UTC';
       alter role reporter set default_text_search_config = 'pg_catalog.simple';
       alter database zoned set timezone = 'UTC'; alter database zoned set work_mem = '5MB';
       alter role reporter in database zoned set timezone = 'UTC';
       update pg_db_role_setting set setconfig = array(
         select replace(one, '=UTC', '=Foo/Bar') from unnest(setconfig) one);
       create table t (n int); insert into t values (1)`,
      );
      const { level, findings, warnings } = await proved(old);
      assert.deepEqual([level, findings], ["restore", []]);
      assert.match(warnings.join(), /invalid value for parameter "TimeZone": "Foo\/Bar"/);
      const { warnings: left } = await folder.restore(old);
      assert.equal(
        left.filter((text) => /setting TimeZone is left out.*Foo\/Bar/.test(text)).length,
        2,
      );
      const kept =
        "select setconfig from pg_db_role_setting s join pg_database d on d.oid = setdatabase " +
        "where datname = 'zoned'";
      assert.equal(await server.psql("zoned", kept), "{work_mem=5MB}");
      await server.psql("postgres", "drop role reporter");
      const context = contextOf(server);
      const { rolesCreated } = await folder.restore(old, { createRoles: true, context });
      assert.deepEqual(rolesCreated, ["reporter"]);
      assert.match(
        JSON.stringify(context.events),
        /role \\"reporter\\"'s setting TimeZone is left out/,
      );
    },
  );

  await t.step("in a server that leaves out what does not start there", async () => {
    const preload = { libraries: ["no_such_library", "pgaudit"], database: "shop" };
    const { signal } = new AbortController();
    await using sandbox = await Sandbox.start(server.engine, server.access, newRunId(), signal, {
      preload,
    });
    assert.deepEqual(sandbox.notLoaded, ["no_such_library"]);
  });
});
