import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { CurrentReport, HistoryReport } from "../../../src/reports/revisions.ts";
import type { DoctorReport } from "../../../src/reports/doctor.ts";
import type { RehearsalReport } from "../../../src/reports/rehearsal.ts";
import { Terminal } from "../../cli/program.ts";
import { BEFORE_HEAD, HEAD, type Stage } from "./stage.ts";

/** Types a line's commands, and asserts what they leave behind. */
export type Scenario = (stage: Stage, ...commands: string[]) => Promise<void>;

async function sha256(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}

/** Runs something, and hands back the one revision file that is new after it. */
async function newRevision(stage: Stage, work: () => Promise<unknown>): Promise<string> {
  const before = new Set(await stage.revisionFiles());
  await work();
  const [file, ...more] = (await stage.revisionFiles()).filter((path) => !before.has(path));
  assert.deepEqual([file !== undefined, more], [true, []]);
  assert.equal((await Deno.stat(file!)).uid, Deno.uid(), "the file is the typist's own");
  return file!;
}

/** The file that a line names. */
function fileOf(command: string): string {
  return command.split(" ").at(-1)!;
}

/** Damage that a restore has to undo. */
async function spoil(stage: Stage): Promise<void> {
  await stage.sql("UPDATE users SET email = 'oops' || id; DELETE FROM bids");
}

/** A scenario for every line of the table, by what is to be typed. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  '`oakum revision --autogenerate -m "add x"`': async (stage, command) => {
    await stage.at(HEAD);
    const models = join(stage.root, "migrations/models.py");
    const before = await Deno.readTextFile(models);
    const table = 'class Note(Base):\n    __tablename__ = "notes"\n    id: Mapped[int] = ';
    await Deno.writeTextFile(models, `${before}\n\n${table}mapped_column(primary_key=True)\n`);
    const file = await newRevision(stage, () => stage.type(command!));
    assert.match(await Deno.readTextFile(file), /create_table\(\s*["']notes["']/);
    await stage.alembic("upgrade", "head");
    assert.ok(await stage.hasTable("notes"), "the app has the file, and it runs");
    await stage.alembic("downgrade", HEAD);
    await Deno.remove(file);
    await Deno.writeTextFile(models, before);
  },
  "`oakum upgrade`": async (stage, command) => {
    await stage.at(BEFORE_HEAD);
    const backups = (await stage.dumps()).length;
    await stage.type(`${command} --yes`);
    assert.deepEqual(await stage.versions(), [HEAD]);
    assert.ok(await stage.hasTable("addresses"));
    assert.equal((await stage.dumps()).length, backups + 1, "with a backup first");
  },
  "`oakum downgrade -1`": async (stage, command) => {
    await stage.at(HEAD);
    await stage.type(`${command} --yes`);
    assert.deepEqual(await stage.versions(), [BEFORE_HEAD]);
    assert.equal(await stage.hasTable("addresses"), false);
    assert.equal(await stage.sql("SELECT street FROM users WHERE id = 1"), "Mill Road");
  },
  "`oakum downgrade 27ab`": async (stage, command) => {
    await stage.at(HEAD);
    await stage.alembic("downgrade", "27ab4cd8e951");
    const [versions, columns] = [await stage.versions(), await stage.columns()];
    await stage.at(HEAD);
    await stage.type(`${command} --yes`);
    assert.deepEqual(await stage.versions(), versions, "as Alembic itself goes there");
    assert.equal(await stage.columns(), columns);
  },
  "`oakum history`": async (stage, command) => {
    await stage.at(BEFORE_HEAD);
    const { revisions } = await stage.report<HistoryReport>(command!);
    const pending = revisions.filter(({ applied }) => applied === false).map(({ id }) => id);
    assert.deepEqual([revisions.length, pending], [(await stage.revisionFiles()).length, [HEAD]]);
    assert.deepEqual(await stage.versions(), [BEFORE_HEAD]);
  },
  "`oakum current`": async (stage, command) => {
    await stage.at(BEFORE_HEAD);
    const { databases } = await stage.report<CurrentReport>(command!);
    const current = databases.map(({ revisions }) => revisions.map(({ id }) => id));
    assert.deepEqual(current, [[BEFORE_HEAD]]);
    assert.deepEqual(await stage.versions(), [BEFORE_HEAD]);
  },
  "`oakum stamp 27ab`": async (stage, command) => {
    await stage.at(HEAD);
    const columns = await stage.columns();
    await stage.type(`${command} --yes`);
    const versions = await stage.versions();
    await stage.alembic("stamp", "--purge", "head");
    assert.deepEqual(versions, ["27ab4cd8e951"]);
    assert.equal(await stage.columns(), columns, "nothing was run");
  },
  "`oakum stamp head`": async (stage, command) => {
    await stage.at(HEAD);
    const columns = await stage.columns();
    await stage.alembic("stamp", "--purge", BEFORE_HEAD);
    await stage.type(`${command} --yes`);
    assert.deepEqual(await stage.versions(), [HEAD]);
    assert.equal(await stage.columns(), columns, "nothing was run");
  },
  "`oakum merge`": async (stage, command) => {
    await stage.at(HEAD);
    const side = ["--splice", "--head", BEFORE_HEAD, "--rev-id", "5eed5eed5eed", "-m", "a side"];
    const branch = await newRevision(stage, () => stage.alembic("revision", ...side));
    const file = await newRevision(stage, () => stage.type(command!));
    assert.match(await stage.alembic("heads"), /^\w+ \(head\)$/);
    await stage.alembic("upgrade", "head");
    assert.equal((await stage.versions()).length, 1);
    await stage.alembic("downgrade", HEAD);
    await Promise.all([branch, file].map((path) => Deno.remove(path)));
    await stage.alembic("stamp", "--purge", "head");
  },
  "`oakum backup`": async (stage, command) => {
    const before = await stage.dumps();
    await stage.type(command!);
    const [dump, ...more] = (await stage.dumps()).filter((path) => !before.includes(path));
    assert.deepEqual([dump !== undefined, more], [true, []]);
    const manifest = JSON.parse(await Deno.readTextFile(dump!.replace(/\.dump$/, ".json")));
    assert.equal(manifest.dump.sha256, await sha256(dump!));
    const rows = manifest.tables.find(({ name }: { name: string }) => name === "bids")?.rows;
    assert.equal(String(rows), await stage.sql("SELECT count(*) FROM bids"));
    assert.equal((await Deno.stat(dump!)).mode! & 0o777, 0o600);
  },
  "`oakum rehearse`": async (stage, command) => {
    await stage.at(BEFORE_HEAD);
    const [content, columns] = [await stage.content(), await stage.columns()];
    const { verdict, revisions: [one] } = await stage.report<RehearsalReport>(command!);
    assert.deepEqual([verdict, one?.revision, one?.downgrade.lost], ["passed", HEAD, []]);
    // What it says of the data is counted, so a revision that loses some must be told apart.
    const path = (await stage.revisionFiles()).find((file) => file.includes(HEAD))!;
    const text = await Deno.readTextFile(path);
    const loses = '\ndef upgrade() -> None:\n    op.execute("DELETE FROM bids WHERE id = 2")\n';
    await Deno.writeTextFile(path, text.replace(/\ndef upgrade\(\) -> None:\n/, loses));
    const { revisions: [lossy] } = await stage.report<RehearsalReport>(command!, 9);
    await Deno.writeTextFile(path, text);
    assert.deepEqual(lossy?.lost.find(({ what }) => what === "rows"), {
      ...{ what: "rows", table: "public.bids", column: null, rows: 1 },
    });
    assert.deepEqual([await stage.content(), await stage.columns()], [content, columns]);
  },
  "`oakum restore backups/db_backup_20251122_140000.sql`": async (stage, command) => {
    await stage.at(HEAD);
    const dump = await stage.exec("db", "pg_dump", "-U", "auction", "auction");
    const content = await stage.content();
    const file = await stage.write(fileOf(command!), `${dump}\n`);
    await spoil(stage);
    await stage.type(`${command} --yes`);
    assert.equal(await stage.content(), content);
    assert.equal(await Deno.readTextFile(file), `${dump}\n`, "the script's file stays as it is");

    // Another server's superuser is no role of this one: it is named, and made on consent.
    await stage.write(fileOf(command!), `${dump.replaceAll("TO auction;", "TO postgres;")}\n`);
    await spoil(stage);
    const refused = await stage.type(`${command} --yes`, 4);
    assert.match(refused.stderr, /lacks roles of the backup: "postgres"[^]*--create-roles/);
    await stage.type(`${command} --yes --create-roles`);
    assert.equal(await stage.content(), content);
    await stage.type("oakum restore --finalize --yes");
  },
  "`oakum psql`": async (stage, command) => {
    await using terminal = new Terminal(command!, { cwd: stage.folder });
    await terminal.until(/auction=# /);
    await terminal.type("UPDATE users SET full_name = 'Ada Typed' WHERE id = 1;\r");
    await terminal.until(/UPDATE 1/);
    await terminal.type("\\q\r");
    assert.equal(await terminal.ended(), 0);
    assert.equal(await stage.sql("SELECT full_name FROM users WHERE id = 1"), "Ada Typed");
  },
  "`oakum rollback`": async (stage, command) => {
    await stage.at(BEFORE_HEAD);
    await stage.type("oakum upgrade --yes");
    await stage.type(`${command} --yes`);
    assert.deepEqual(await stage.versions(), [BEFORE_HEAD]);
    assert.equal(await stage.sql("SELECT street FROM users WHERE id = 1"), "Mill Road");
    // What somebody wrote since is never thrown away without a word.
    await stage.type("oakum upgrade --yes");
    await stage.sql("INSERT INTO bids (id, artwork_id, bidder_id, amount) VALUES (9, 1, 2, 99)");
    await stage.type(`${command} --yes`);
    assert.equal(await stage.sql("SELECT amount FROM bids WHERE id = 9"), "99.00");
  },
  "`oakum doctor`": async (stage, command) => {
    await stage.at(HEAD);
    const content = await stage.content();
    const { checks } = await stage.report<DoctorReport>(command!);
    assert.ok(checks.some(({ name, level }) => name === "address" && level === "ok"));
    assert.equal(await stage.content(), content, "it mends nothing by itself");
  },
};
