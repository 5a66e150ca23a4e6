import assert from "node:assert/strict";
import { ensureImages } from "../../docker/images.ts";
import type { BackupReport } from "../../src/reports/backup.ts";
import type { RehearsalReport } from "../../src/reports/rehearsal.ts";
import type { RevisionFile } from "./migrate/project.ts";
import { appService, dbService, Stage } from "./rehearse/stage.ts";
import tortureSchema from "./sql/torture_schema.sql" with { type: "text" };
import tortureRows from "./sql/torture_rows.sql" with { type: "text" };

const VERSIONS = ["postgres18", "postgres17", "postgres15"] as const;

/** Touches tables of every kind and loses nothing on its way back. */
const REVISIONS: readonly RevisionFile[] = [
  {
    id: "aaaa1",
    upgrade: ['op.execute("create table apples (id serial primary key)")'],
    downgrade: ['op.execute("drop table apples")'],
  },
  {
    id: "bbbb2",
    down: "aaaa1",
    doc: "Keep what is new of everything",
    upgrade: [
      'op.execute("alter table torture.log add extra int")',
      'op.execute("alter table torture.animals add height int")',
      'op.execute("alter table torture.built add extra torture.percent")',
      `op.execute("alter type torture.place add attribute floor int cascade")`,
      'op.execute("create index log_extra on torture.log (extra)")',
    ],
    downgrade: [
      'op.execute("drop index torture.log_extra")',
      `op.execute("alter type torture.place drop attribute floor cascade")`,
      'op.execute("alter table torture.built drop extra")',
      'op.execute("alter table torture.animals drop height")',
      'op.execute("alter table torture.log drop extra")',
    ],
  },
];

/** Runs oakum with its report as JSON, which must end well. */
async function run<Report>(stage: Stage, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await stage.start(...args).ended();
  assert.equal(code, 0, stdout + stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1)!).report;
}

/** Every table's rows by content, sequences and large objects, as the server's own functions tell them. */
async function rows(stage: Stage): Promise<Record<string, string>> {
  const lines = (await stage.ask(tortureRows)).split("\n");
  return Object.fromEntries(lines.map((line) => line.split("\t") as [string, string]));
}

async function definitions(stage: Stage): Promise<string> {
  const argv = ["pg_dump", "-U", "postgres", "--schema-only", "-d", "shop"];
  return (await stage.exec("db", ...argv)).replaceAll(/^\\(un)?restrict .*$/gm, "");
}

for (const version of VERSIONS) {
  Deno.test(`a schema of everything goes there and back, row for row, on ${version}`, async (t) => {
    const { [version]: image } = await ensureImages([version]);
    await using stage = await Stage.open({
      services: {
        db: await dbService({ image, volumes: ["./torture.sql:/torture.sql:ro"] }),
        web: await appService(),
      },
      files: { "torture.sql": tortureSchema },
      revisions: REVISIONS,
    });
    const psql = ["psql", "-XqU", "postgres", "-v", "ON_ERROR_STOP=1", "-d", "shop"];
    await stage.exec("db", ...psql, "-f", "/torture.sql");
    const [before, schema] = [await rows(stage), await definitions(stage)];
    assert.ok(Object.keys(before).length > 20, JSON.stringify(before));

    await t.step("a backup of it is proved by a restore", async () => {
      const { manifest } = await run<BackupReport>(stage, "backup", "--verify", "restore");
      assert.equal(manifest.verified.level, "restore");
      assert.deepEqual(manifest.suspect, []);
      assert.deepEqual(await rows(stage), before);
    });

    await t.step(
      "it comes back after some of it was lost, without a row of an event trigger's",
      async () => {
        const logged = await stage.ask("select count(*) from torture.ddl_log");
        await stage.ask("truncate torture.log; drop table torture.eggs cascade");
        await run(stage, "restore", "latest", "--yes", "--allow", "untested-extension");
        assert.deepEqual(await rows(stage), before);
        assert.equal(await definitions(stage), schema);
        assert.equal(await stage.ask("select count(*) from torture.ddl_log"), logged);
      },
    );

    await t.step("a rehearsal on it finds that nothing is lost", async () => {
      const { revisions } = await run<RehearsalReport>(stage, "rehearse");
      const [revision] = revisions;
      assert.deepEqual([revision?.failure, revision?.downgrade.verdict], [null, "lossless"]);
      assert.deepEqual(await rows(stage), before);
    });

    await t.step("an upgrade and its rollback leave every row as it was", async () => {
      await run(stage, "upgrade", "--yes");
      assert.notEqual(await definitions(stage), schema);
      await run(stage, "rollback", "--yes");
      assert.deepEqual(await rows(stage), before);
      assert.equal(await definitions(stage), schema);
    });
  });
}
