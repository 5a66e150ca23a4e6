import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { makeRevision, type RevisionRequest } from "../../src/operations/revision.ts";
import { merge } from "../../src/operations/merge.ts";
import type { RevisionReport } from "../../src/reports/revision_file.ts";
import { startApp, type TestApp } from "./verbs/app.ts";
import { BRANCHES, MERGED } from "./verbs/project.ts";

const PLAIN: RevisionRequest["order"] = {
  ...{ message: "hang them well", autogenerate: false, head: undefined, splice: false },
  ...{ branchLabel: undefined, versionPath: undefined, revId: undefined, dependsOn: [] },
};
const ROOT = Deno.uid() === 0;
const OWNER = ROOT ? { uid: 4711, gid: 4712 } : { uid: Deno.uid()!, gid: Deno.gid()! };

interface Where {
  readonly root?: string;
  readonly dryRun?: boolean;
}

function revision(app: TestApp, order: Partial<typeof PLAIN> = {}, where: Where = {}) {
  const request = { app: "web", root: app.folder, person: undefined, dryRun: false, ...where };
  const wanted = { ...PLAIN, ...order };
  return makeRevision(app.context, app.place, app, { ...request, order: wanted });
}

function mergeOf(app: TestApp, revisions: readonly string[] = [], where: Where = {}) {
  const order = { revisions, message: undefined, branchLabel: undefined, revId: undefined };
  const request = { app: "web", root: app.folder, person: undefined, dryRun: false, ...where };
  return merge(app.context, app, { ...request, order });
}

function onlyFile({ files }: RevisionReport) {
  assert.equal(files.length, 1);
  return files[0]!;
}

async function versionsOf({ folder }: TestApp): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(join(folder, "migrations/versions")));
  return entries.map(({ name }) => name).filter((name) => name !== "__pycache__").sort();
}

Deno.test("revision() in a mounted folder", async (t) => {
  await using app = await startApp({ revisions: MERGED });
  const versions = join(app.folder, "migrations/versions");

  await t.step("leaves a file that is its owner's, with the mode of its neighbours", async () => {
    await Deno.chown(versions, OWNER.uid, OWNER.gid);
    for (const name of await versionsOf(app)) await Deno.chmod(join(versions, name), 0o640);
    const report = await revision(app);
    const file = onlyFile(report);
    assert.deepEqual([file.place, file.visible, dirname(file.path)], ["mounted", true, versions]);
    assert.match(file.path, /_hang_them_well\.py$/);
    assert.equal(file.container, `/srv/project/migrations/versions/${file.path.split("/").at(-1)}`);
    const { uid, gid, mode } = await Deno.stat(file.path);
    assert.deepEqual({ uid, gid }, OWNER);
    assert.equal(mode! & 0o777, 0o640);
    const text = await Deno.readTextFile(file.path);
    assert.match(text, /^"""hang them well\n/);
    assert.match(text, /down_revision = 'dddd4444'/);
    assert.deepEqual([report.written, report.changes, report.notes], [true, null, []]);
  });

  await t.step("only says what it would make with dryRun", async () => {
    const before = await versionsOf(app);
    const report = await revision(app, {}, { dryRun: true });
    assert.deepEqual([report.written, onlyFile(report).place], [false, "mounted"]);
    assert.deepEqual(await versionsOf(app), before);
  });

  await t.step("takes an identifier, a base and a label, as Alembic does", async () => {
    const order = { revId: "eeee5555", head: "base", branchLabel: "sculptures", message: "carve" };
    const file = onlyFile(await revision(app, order));
    assert.deepEqual([file.revision, file.visible], ["eeee5555", true]);
    const text = await Deno.readTextFile(file.path);
    assert.match(text, /down_revision = None\nbranch_labels = \('sculptures',\)/);
  });

  await t.step("refuses to guess which of two heads it stands on", async () => {
    await assert.rejects(revision(app), { code: "several-heads" });
    const file = onlyFile(await revision(app, { head: "sculptures@head" }));
    assert.match(await Deno.readTextFile(file.path), /down_revision = 'eeee5555'/);
  });

  await t.step("tells Alembic's own refusal", async () => {
    const known = revision(app, { head: "sculptures@head", versionPath: "/srv/elsewhere" });
    await assert.rejects(known, { code: "alembic-refused", message: /elsewhere/ });
  });
});

Deno.test("revision --autogenerate", async (t) => {
  await using app = await startApp({ revisions: MERGED });

  await t.step("refuses where the database is behind", async () => {
    const before = await versionsOf(app);
    await assert.rejects(revision(app, { autogenerate: true }), {
      code: "not-at-head",
      hint: "Apply what is pending first: oakum upgrade",
    });
    assert.deepEqual(await versionsOf(app), before);
  });

  await t.step("fills the file, prints what is in it, and flags what may be a rename", async () => {
    await app.upgrade("head");
    await app.database.sql`alter table paintings rename frame to border`;
    const report = await revision(app, { autogenerate: true });
    assert.deepEqual(report.changes?.map(({ kind }) => kind).sort(), [
      "add_column",
      "remove_column",
    ]);
    const rename = { kind: "column", table: "paintings", from: "border", to: "frame" };
    assert.deepEqual(report.renames, [rename]);
    const text = await Deno.readTextFile(onlyFile(report).path);
    assert.match(text, /op\.add_column\('paintings', sa\.Column\('frame'/);
    const [row] = await app.database.sql`select version_num from alembic_version`;
    assert.equal(row?.["version_num"], "dddd4444");
  });
});

Deno.test("merge()", async (t) => {
  await using app = await startApp({ revisions: BRANCHES });

  await t.step("refuses what is no merge", async () => {
    await assert.rejects(mergeOf(app, ["aaaa", "bbbb"]), {
      code: "nothing-to-merge",
      message: "Revision bbbb2222 (frame them) follows aaaa1111 (hang paintings) already.",
    });
    await assert.rejects(mergeOf(app, ["frames@head"]), { code: "nothing-to-merge" });
  });

  await t.step("joins all heads, and names where they part", async () => {
    const report = await mergeOf(app);
    const file = onlyFile(report);
    assert.equal(file.visible, true);
    const text = await Deno.readTextFile(file.path);
    assert.match(text, /^"""merge bbbb2222 and cccc3333\n/);
    assert.match(text, /down_revision = \('bbbb2222', 'cccc3333'\)/);
    assert.deepEqual(report.joins.map(({ id }) => id), ["bbbb2222", "cccc3333"]);
    assert.deepEqual(report.commonAncestors, [{ id: "aaaa1111", doc: "hang paintings" }]);
    await app.upgrade("head");
  });

  await t.step("refuses where there is one head", async () => {
    await assert.rejects(mergeOf(app), { code: "nothing-to-merge", outcome: "refused" });
  });
});

Deno.test("a revision of an app whose folder is not mounted", async (t) => {
  await using app = await startApp({ revisions: MERGED, mounted: false });

  await t.step("lands where its image is built from", async () => {
    const root = dirname(app.folder);
    const report = await revision(app, {}, { root });
    const file = onlyFile(report);
    assert.deepEqual([file.place, file.visible], ["source", false]);
    assert.equal(dirname(file.path), join(app.folder, "migrations/versions"));
    const note = "web has it once its image is built anew: docker compose build web";
    assert.deepEqual(report.notes, [note]);
  });

  await t.step("is copied out where nobody knows that folder", async () => {
    const root = await Deno.makeTempDir({ prefix: "oakum-test-" });
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => Deno.remove(root, { recursive: true }));
    const report = await revision(app, {}, { root });
    const file = onlyFile(report);
    assert.equal(file.place, "copied");
    assert.equal(dirname(file.path), join(root, "migrations/versions"));
    assert.match(await Deno.readTextFile(file.path), /down_revision = 'dddd4444'/);
    assert.match(report.notes.join(" "), /put the file beside them/);
  });
});

for (
  const [name, image, driver, options] of [
    ["a read-only file system and a user without rights", "app", "psycopg", [
      "--read-only",
      "--user",
      "4711:4711",
    ]],
    ["asyncpg and an ordinary user", "app-poetry", "asyncpg", []],
    ["the oldest Alembic", "app-oldest", "psycopg2", []],
  ] as const
) {
  Deno.test(`revision() and merge() work with ${name}`, async () => {
    await using app = await startApp({ revisions: BRANCHES, image, driver, options });
    await Deno.chmod(join(app.folder, "migrations/versions"), 0o755);
    const merged = onlyFile(await mergeOf(app));
    assert.equal(merged.visible, true);
    await app.upgrade("head");
    await app.database.sql`alter table paintings drop price`;
    const report = await revision(app, { autogenerate: true });
    assert.deepEqual(report.changes?.map(({ column }) => column), ["price"]);
    assert.equal(onlyFile(report).visible, true);
    const here = await app.container.exec("ls", "/tmp");
    assert.doesNotMatch(here, /oakum-/);
  });
}
