import assert from "node:assert/strict";
import { join } from "node:path";
import { WORK } from "../../src/commands/work.ts";
import type { BackupReport } from "../../src/reports/backup.ts";
import type { BackupsReport } from "../../src/reports/backups.ts";
import type { DoctorReport } from "../../src/reports/doctor.ts";
import type { RehearsalReport } from "../../src/reports/rehearsal.ts";
import type { RestoreReport } from "../../src/reports/restore.ts";
import type { RevisionReport } from "../../src/reports/revision_file.ts";
import type {
  CurrentReport,
  HeadsReport,
  HistoryReport,
  ShowReport,
} from "../../src/reports/revisions.ts";
import type { StatusReport } from "../../src/reports/status.ts";
import type { VerifyReport } from "../../src/reports/verify.ts";
import { Bakery, DATABASE, USER } from "./unwritten/bakery.ts";

const YES = "--yes";

/** Other tests are quicker without a rehearsal. */
const AS_USERS_HAVE_IT = { OAKUM_GUARD: "" };

/** What shells type, and nobody else. */
const HIDDEN = new Set(["__complete"]);

async function look(t: Deno.TestContext, bakery: Bakery): Promise<void> {
  await t.step("status finds app, database and version table", async () => {
    const { stack, database, app, revision } = await bakery.report<StatusReport>(["status"]);
    assert.equal(stack.project, bakery.project);
    assert.deepEqual([database.service, database.name, database.user], ["store", DATABASE, USER]);
    assert.equal(app?.service, "kitchen");
    assert.deepEqual(revision?.current, []);
    assert.deepEqual(revision.pending.map((each) => each.revision), ["aaaa1111", "bbbb2222"]);
  });

  await t.step("history, heads and show read the scripts and touch nothing", async () => {
    const { revisions } = await bakery.report<HistoryReport>(["history"]);
    assert.deepEqual(revisions.map(({ applied }) => applied), [false, false]);
    const { heads } = await bakery.report<HeadsReport>(["heads"]);
    assert.deepEqual(heads.map(({ id }) => id), ["bbbb2222"]);
    const shown = await bakery.report<ShowReport>(["show", "head"]);
    assert.deepEqual(shown.revisions[0]?.parents.map(({ id }) => id), ["aaaa1111"]);
    assert.equal(await bakery.sql("SELECT to_regclass('ledger.moves') IS NULL"), "t");
  });
}

async function guard(t: Deno.TestContext, bakery: Bakery): Promise<void> {
  await t.step("rehearse tries both revisions on a copy, and changes nothing", async () => {
    const report = await bakery.report<RehearsalReport>(["rehearse"]);
    assert.deepEqual(
      report.revisions.map(({ revision, failure }) => [revision, failure]),
      [["aaaa1111", null], ["bbbb2222", null]],
    );
    assert.equal(await bakery.sql("SELECT to_regclass('ledger.moves') IS NULL"), "t");
  });

  await t.step("rollback undoes the upgrade that was rehearsed, as it loses nothing", async () => {
    await bakery.type(["upgrade", YES], 0, AS_USERS_HAVE_IT);
    assert.deepEqual(await bakery.versions(), ["bbbb2222"]);
    await bakery.type(["rollback", YES]);
    assert.deepEqual(await bakery.versions(), []);
  });

  await t.step("config rules lists what a rehearsal looks for", async () => {
    await bakery.type(["config", "rules"]);
  });
}

async function migrate(t: Deno.TestContext, bakery: Bakery): Promise<void> {
  await t.step("upgrade, current and downgrade move the app's own version table", async () => {
    await bakery.type(["upgrade", YES]);
    assert.deepEqual(await bakery.versions(), ["bbbb2222"]);
    const { databases } = await bakery.report<CurrentReport>(["current"]);
    const table = { schema: "ledger", name: "moves", foundIn: "ledger", exists: true };
    assert.deepEqual(databases.map(({ versionTable }) => versionTable), [table]);
    await bakery.type(["downgrade", "-1", YES]);
    assert.deepEqual(await bakery.versions(), ["aaaa1111"]);
    await bakery.exec("kitchen", "/app/.venv/bin/alembic", "upgrade", "head");
    assert.equal(await bakery.sql("SELECT to_regclass('public.alembic_version') IS NULL"), "t");
  });

  await t.step("check ends with 9 only where models and database differ", async () => {
    await bakery.type(["check"]);
    await bakery.sql("ALTER TABLE paintings ADD price numeric");
    await bakery.type(["check"], 9);
    await bakery.sql("ALTER TABLE paintings DROP price");
  });

  await t.step("stamp writes the version table and runs nothing", async () => {
    await bakery.type(["stamp", "aaaa", YES]);
    assert.deepEqual(await bakery.versions(), ["aaaa1111"]);
    await bakery.type(["stamp", "head", YES]);
    assert.deepEqual(await bakery.versions(), ["bbbb2222"]);
  });

  await t.step("revision and merge leave files on the host, owned by who typed", async () => {
    const side = ["revision", "-m", "a side", "--head", "aaaa1111", "--splice"];
    const made = [
      await bakery.report<RevisionReport>(side),
      await bakery.report<RevisionReport>(["merge", "-m", "one again"]),
    ];
    const files = made.flatMap((report) => report.files);
    const versions = join(bakery.folder, "kitchen/migrations/versions");
    for (const { path } of files) {
      assert.ok(path.startsWith(versions), path);
      assert.equal((await Deno.stat(path)).uid, Deno.uid());
    }
    await bakery.type(["upgrade", YES]);
    assert.deepEqual(await bakery.versions(), [files[1]?.revision]);
    await bakery.type(["stamp", "bbbb2222", "--purge", YES]);
    await Promise.all(files.map(({ path }) => Deno.remove(path)));
  });
}

async function keep(t: Deno.TestContext, bakery: Bakery): Promise<void> {
  await t.step("psql passes its arguments on", async () => {
    const insert = "INSERT INTO paintings (title) VALUES ('Rye'), ('Spelt')";
    await bakery.type(["psql", "--", "-c", insert]);
    assert.equal(await bakery.titles(), "Rye,Spelt");
  });

  await t.step("backup, backups, verify --restore and pin agree on one backup", async () => {
    const { manifest } = await bakery.report<BackupReport>(["backup"]);
    assert.deepEqual(manifest.migrations?.table, { schema: "ledger", name: "moves" });
    assert.deepEqual(manifest.migrations.revisions, ["bbbb2222"]);
    await bakery.type(["verify"]);
    const { verified } = await bakery.report<VerifyReport>(["verify", "--restore"]);
    assert.deepEqual(verified.map(({ id, level }) => [id, level]), [[manifest.id, "restore"]]);
    await bakery.type(["pin", "latest", "--note", "before the fair"]);
    const { dir, targets } = await bakery.report<BackupsReport>(["backups"]);
    assert.equal(dir, join(bakery.folder, "backups"));
    const line = targets[0]?.backups.find(({ id }) => id === manifest.id);
    assert.deepEqual([line?.state, line?.pinned?.note], ["good", "before the fair"]);
  });
}

async function bringBack(t: Deno.TestContext, bakery: Bakery): Promise<void> {
  const old = join(bakery.folder, "old.sql");

  await t.step("restore swaps, --undo swaps back, --finalize drops the other", async () => {
    await bakery.sql("DELETE FROM paintings");
    await bakery.type(["restore", "latest", YES]);
    assert.equal(await bakery.titles(), "Rye,Spelt");
    await bakery.type(["restore", "--undo", YES]);
    assert.equal(await bakery.titles(), "");
    await bakery.type(["restore", "--finalize", YES]);
    assert.deepEqual(await bakery.databases(), [DATABASE]);
  });

  await t.step("restore --into leaves the live database alone", async () => {
    const { database } = await bakery.report<RestoreReport>(["restore", "--into", "A Look", YES]);
    assert.equal(database, "A Look");
    assert.deepEqual([await bakery.titles("A Look"), await bakery.titles()], ["Rye,Spelt", ""]);
    await bakery.sql('DROP DATABASE "A Look"');
  });

  await t.step("restore takes an old script's dump, and adopt keeps it", async () => {
    await bakery.sql("INSERT INTO paintings (title) VALUES ('Oat')");
    const dump = await bakery.exec("store", "pg_dump", "-U", USER, "-d", DATABASE);
    await Deno.writeTextFile(old, `${dump}\n`);
    await bakery.sql("DELETE FROM paintings");
    await bakery.type(["restore", "old.sql", YES]);
    assert.equal(await bakery.titles(), "Oat");
    const count = async () =>
      (await bakery.report<BackupsReport>(["backups"])).targets[0]?.backups.length ?? 0;
    const before = await count();
    await bakery.type(["adopt", "old.sql", YES]);
    assert.equal(await count(), before + 1);
  });
}

Deno.test("every command works in the folder of a stack that never heard of oakum", async (t) => {
  await using bakery = await Bakery.open();
  await look(t, bakery);
  await guard(t, bakery);
  await migrate(t, bakery);
  await keep(t, bakery);
  await bringBack(t, bakery);

  await t.step("doctor finds no trouble", async () => {
    const { checks } = await bakery.report<DoctorReport>(["doctor"]);
    assert.deepEqual(checks.filter(({ level }) => level === "trouble"), []);
    assert.ok(checks.some(({ name, level }) => name === "address" && level === "ok"));
  });

  await t.step("completion and config schema write nothing there", async () => {
    const before = await bakery.files();
    await bakery.type(["completion", "bash"]);
    JSON.parse((await bakery.type(["config", "schema"])).stdout);
    assert.deepEqual(await bakery.files(), before);
  });

  await t.step("init writes a file with which everything is as it was without", async () => {
    const before = await bakery.report<StatusReport>(["status"]);
    await bakery.type(["init", "--guard", "backup"]);
    const { stack, database, app, revision } = await bakery.report<StatusReport>(["status"]);
    assert.deepEqual([stack.project, database.name, app?.service], [
      before.stack.project,
      before.database.name,
      before.app?.service,
    ]);
    assert.deepEqual(revision?.current, before.revision?.current);
  });

  await t.step("and no command was left out", () => {
    const verbs = Object.keys(WORK).map((verb) => verb.split(" ")[0]!);
    assert.deepEqual(verbs.filter((verb) => !HIDDEN.has(verb) && !bakery.typed.has(verb)), []);
  });
});
