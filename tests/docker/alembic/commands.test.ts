import assert from "node:assert/strict";
import { checkReply, filesReply } from "../../../src/migrators/alembic/replies.ts";
import { server } from "../fixtures.ts";
import {
  type App,
  type AppOptions,
  failureOf,
  FOLDER,
  leadingTo,
  resultOf,
  startApp,
} from "./program.ts";

/** An app whose database is stamped with every revision, after its tables were made. */
async function scene(given: AppOptions = {}, driver = "psycopg") {
  const stack = new AsyncDisposableStack();
  const postgres = await server("postgres17");
  const database = stack.use(await postgres.createDatabase());
  const app = stack.use(await startApp(postgres, given));
  const env = leadingTo(database, driver);
  const run = (args: object) => app.run("commands", { do: args }, env);
  const prepare = async () => {
    await database.sql`create table paintings (
      id serial primary key, title varchar(200) not null, year int, frame text, hung bool)`;
    await database.sql`create table accounts (id serial primary key, iban varchar(34))`;
    await database.sql`create table sales (
      painting_id int primary key references paintings,
      account_id int not null references accounts)`;
    const heads = ["art0006", "bank002"];
    resultOf(await app.run("step", { do: { stamp: heads }, heads: [] }, env));
  };
  return { app, database, env, run, prepare, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const files = async (app: App) =>
  (await app.container.exec("ls", `${FOLDER}/versions`)).split("\n");

Deno.test("check finds nothing where models and database agree", async () => {
  await using at = await scene();
  await at.prepare();
  assert.deepEqual(checkReply.parse(resultOf(await at.run({ check: {} }))), {
    operations: [],
    renames: [],
  });
});

Deno.test("check tells the drift in words, and which pairs may be renames", async () => {
  await using at = await scene();
  await at.prepare();
  const { sql } = at.database;
  await sql`alter table paintings rename column title to name`;
  await sql`alter table paintings alter column year type bigint`;
  await sql`alter table accounts alter column iban set not null`;
  await sql`alter table sales rename to deals`;
  await sql`create index by_year on paintings (year)`;
  const found = checkReply.parse(resultOf(await at.run({ check: {} })));
  assert.deepEqual(found.operations.map(({ text }) => text).toSorted(), [
    "add column paintings.title VARCHAR(200) not null",
    "add table sales",
    "change column accounts.iban: may be null",
    "change column paintings.year: type BIGINT becomes INTEGER",
    "remove column paintings.name",
    "remove index by_year on paintings (year)",
    "remove table deals",
  ]);
  assert.deepEqual(found.renames, [
    { kind: "column", table: "paintings", from: "name", to: "title" },
    { kind: "table", table: null, from: "deals", to: "sales" },
  ]);
});

Deno.test("check refuses a database that is behind, and does not make a version table", async () => {
  await using at = await scene();
  const failure = failureOf(await at.run({ check: {} }));
  assert.equal(failure.kind, "not-at-head");
  assert.deepEqual(failure.data, { current: [], heads: ["art0006", "bank002"] });
  const tables = await at.database.sql`select from pg_tables where schemaname = 'public'`;
  assert.equal(tables.length, 0);
});

Deno.test("check and autogenerate refuse an env.py without models", async () => {
  await using at = await scene();
  await at.prepare();
  const env = await Deno.readTextFile(new URL("./projects/studio/env.py", import.meta.url));
  await at.app.write("env.py", env.replaceAll("target_metadata=metadata, ", ""));
  assert.equal(failureOf(await at.run({ check: {} })).kind, "no-metadata");
});

Deno.test("a new revision is handed back with its place and is not written", async () => {
  await using at = await scene();
  const before = await files(at.app);
  const made = filesReply.parse(resultOf(
    await at.run({ revision: { message: "sign them", head: "art@head", rev_id: "sign01" } }),
  ));
  assert.deepEqual(made.revisions, ["sign01"]);
  const [file] = made.files;
  assert.equal(file?.path, `${FOLDER}/versions/sign01_sign_them.py`);
  assert.match(file.content, /^"""sign them\n/);
  assert.match(file.content, /down_revision = 'art0006'/);
  assert.equal(file.folder_writable, true);
  assert.deepEqual(await files(at.app), before);
  assert.ok(!(await at.app.container.exec("ls", "/tmp")).includes("oakum"));
});

Deno.test("autogenerate writes the drift into the new file and lists it", async () => {
  await using at = await scene();
  await at.prepare();
  await at.database.sql`alter table paintings drop column frame`;
  const made = filesReply.parse(resultOf(
    await at.run({ revision: { message: "frame", autogenerate: true, head: "art@head" } }),
  ));
  assert.deepEqual(made.operations.map(({ text }) => text), ["add column paintings.frame TEXT"]);
  assert.match(made.files[0]?.content ?? "", /op\.add_column\('paintings', sa\.Column\('frame'/);
});

/** What env.py adds to each comparison: operations that say what they do, that do not, that fail. */
const OWN_OPERATIONS = `
from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations, ops


@Operations.register_operation("refresh_words")
class RefreshWords(MigrateOperation):
    @classmethod
    def refresh_words(cls, operations):
        return operations.invoke(cls())


class Odd(RefreshWords):
    def to_diff_tuple(self):
        return "add_column"


class Broken(RefreshWords):
    def to_diff_tuple(self):
        raise RuntimeError("nobody asks me")


class Named(RefreshWords):
    def to_diff_tuple(self):
        return ("add_column", None)


@renderers.dispatch_for(RefreshWords)
def render(context, operation):
    return "op.refresh_words()"


def directives(context, revision, found):
    more = [RefreshWords(), Odd(), Broken(), Named(), ops.ExecuteSQLOp("select  1")]
    found[0].upgrade_ops.ops.extend(more)

`;

for (const [image, driver] of [["app", "psycopg"], ["app-oldest", "psycopg2"]] as const) {
  Deno.test(`autogenerate writes operations that are not Alembic's own, as it does (${image})`, async () => {
    await using at = await scene({ image }, driver);
    const env = await Deno.readTextFile(new URL("./projects/studio/env.py", import.meta.url));
    const own = env.replace("def migrate(", `${OWN_OPERATIONS}\ndef migrate(`)
      .replace("version_table=version_table", "$&, process_revision_directives=directives");
    await at.app.write("env.py", own);
    await at.prepare();
    const order = { message: "own", autogenerate: true, head: "bank@head" };
    const made = filesReply.parse(resultOf(await at.run({ revision: order })));
    const content = made.files[0]?.content ?? "";
    assert.equal(content.match(/ {4}op\.refresh_words\(\)/g)?.length, 4, content);
    assert.match(content, /op\.execute\(['"]select {2}1['"]\)/);
    const texts = made.operations.map(({ text }) => text);
    assert.deepEqual(texts, [
      "RefreshWords",
      "Odd",
      "Broken",
      "add column (None,)",
      "run select 1",
    ]);
    assert.deepEqual(made.renames, []);
    const { operations } = checkReply.parse(resultOf(await at.run({ check: {} })));
    assert.deepEqual(operations.map(({ text }) => text), texts);
  });
}

Deno.test("a branch can be begun, labelled and made to depend on another", async () => {
  await using at = await scene();
  const made = filesReply.parse(resultOf(
    await at.run({
      revision: {
        message: "post",
        head: "base",
        splice: true,
        branch_label: "post",
        depends_on: ["art0002"],
        rev_id: "post01",
      },
    }),
  ));
  const content = made.files[0]?.content ?? "";
  assert.match(content, /down_revision = None/);
  assert.match(content, /branch_labels = \('post',\)/);
  assert.match(content, /depends_on = 'art0002'/);
});

Deno.test("a revision refuses what Alembic refuses, in its words", async () => {
  await using at = await scene();
  const failure = async (revision: object) => failureOf(await at.run({ revision }));
  assert.match((await failure({ message: "x" })).message, /Multiple heads are present/);
  const inside = await failure({ message: "x", head: "art0002" });
  assert.equal(inside.kind, "alembic");
  assert.match(inside.message, /not a head revision/);
});

Deno.test("a merge is handed back with both its parents", async () => {
  await using at = await scene();
  const made = filesReply.parse(resultOf(
    await at.run({ merge: { revisions: ["art0006", "bank002"], message: "join" } }),
  ));
  assert.match(made.files[0]?.content ?? "", /down_revision = \('art0006', 'bank002'\)/);
  assert.match(made.files[0]?.path ?? "", /versions\/[0-9a-f]{12}_join\.py$/);
});

Deno.test("a user who may write nowhere but in the shared memory gets the file all the same", async () => {
  await using at = await scene();
  await at.app.container.exec("chmod", "755", "/tmp", "/var/tmp");
  const how = { do: { revision: { message: "quiet", head: "art@head" } } };
  const ended = await at.app.run("commands", how, at.env, "65534:65534");
  const [file] = filesReply.parse(resultOf(ended)).files;
  assert.equal(file?.folder_writable, false);
  assert.match(file.content, /Revises: art0006/);
});
