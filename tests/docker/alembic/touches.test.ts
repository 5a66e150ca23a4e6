import assert from "node:assert/strict";
import type { Touched } from "../../../src/migrators/alembic/replies.ts";
import { server } from "../fixtures.ts";
import { type App, type AppOptions, probe, startApp } from "./program.ts";

const OTHER = `
revision = "other1"
down_revision = "art0006"

def upgrade():
    pass

def downgrade():
    pass
`;

function revision(upgrade: string, head = ""): string {
  const body = upgrade.trim().split("\n").map((line) => `    ${line}`).join("\n");
  return `from alembic import op\nimport sqlalchemy as sa\nrevision = "read1"\n` +
    `down_revision = "art0006"\n${head}\ndef upgrade():\n${body}\n\n` +
    `def downgrade():\n    op.drop_table("never_looked_at")\n`;
}

async function withRevision(text: string, given: AppOptions = {}): Promise<App> {
  const app = await startApp(await server("postgres17"), given);
  await app.write("versions/read1.py", text);
  await app.write("versions/other1.py", OTHER);
  return app;
}

async function touchesOf(app: App) {
  return (await read1(app))?.touches;
}

async function read1(app: App) {
  const { revisions } = await probe(app);
  return revisions.find(({ id }) => id === "read1");
}

function words(touched: readonly Touched[] = []): string[] {
  return touched.map(({ table, column, verb, sql }) =>
    `${verb} ${column === null ? table : `${table}.${column}`}${sql ? " (sql)" : ""}`
  );
}

const OPERATIONS = revision(
  `
helper()
op.create_table("lots", sa.Column("id", sa.Integer), schema=SCHEMA)
op.add_column(TABLE, sa.Column("amount", sa.Integer))
op.drop_column("bids", "old")
op.alter_column("bids", "who", new_column_name="bidder")
op.alter_column(table_name="bids", column_name="at", nullable=True)
op.rename_table("bets", "wagers", schema="shop")
op.create_index(op.f("ix_bids"), "bids", ["amount"])
op.create_foreign_key("fk", "bids", "lots", ["a"], ["b"], source_schema="shop")
with op.batch_alter_table("prints", schema=None) as batch_op:
    batch_op.add_column(sa.Column("frame", sa.Text))
    batch_op.drop_column("glass")
op.bulk_insert(sa.table("x"), [])`,
  `TABLE = "bids"\nSCHEMA = "shop"\n\ndef helper():\n    op.drop_table("ancient")\n`,
);

const SQL = revision(`
op.execute("alter table only Shop.\\"Big\\" add column if not exists z numeric(10,2), drop w")
op.execute(sa.text("update bids set note = 'drop table lots; x'; create index i on bids (note)"))
op.get_bind().execute(sa.text("ALTER TABLE bids RENAME who TO bidder"))
op.execute("-- drop table bids\\ncreate table if not exists lots (id int)")`);

/** What holds no data before, and leaves alone what does. */
const ADDING = [
  `op.create_index("i", "bids", ["a"])`,
  `op.create_table("lots", sa.Column("id", sa.Integer, server_default="1"))`,
  `op.add_column("bids", sa.Column("a", sa.Integer(), nullable=True))`,
  `with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY i ON bids (a)")`,
  `op.create_check_constraint("c", "bids", "a > 0")`,
];

/** What may write or drop rows that are there. */
const FILLING = [
  `op.add_column("bids", sa.Column("a", sa.Integer(), server_default=sa.text("random()")))`,
  `op.add_column("bids", sa.Column("a", sa.Integer(), sa.Identity()))`,
  `op.drop_column("bids", "a")`,
  `op.alter_column("bids", "a", type_=sa.Text())`,
  `op.execute("UPDATE bids SET a = 1")`,
  `op.execute(f"CREATE INDEX i ON {'bids'} (a)")`,
  `sa.orm.Session(op.get_bind()).query(Bid).update({"a": 1})`,
  `op.rename_table("bids", "wagers")`,
];

for (const image of ["app", "app-oldest"] as const) {
  Deno.test(`a probe reads what an upgrade touches, with the Python of ${image}`, async (t) => {
    await using app = await withRevision(OPERATIONS, { image });

    await t.step("from operations, constants, batches and the file's own functions", async () => {
      const found = await touchesOf(app);
      assert.deepEqual(words(found?.touched), [
        "create shop.lots",
        "add column bids.amount",
        "drop column bids.old",
        "drop column bids.who",
        "add column bids.bidder",
        "change column bids.at",
        "create shop.wagers",
        "rename shop.bets",
        "index bids",
        "constraint shop.bids",
        "add column prints.frame",
        "drop column prints.glass",
        "drop ancient",
      ]);
      // What is inserted into a table object cannot be told.
      assert.equal(found?.whole, false);
    });

    await t.step("from SQL, marked as such, and never from its strings and comments", async () => {
      await app.write("versions/read1.py", SQL);
      const found = await touchesOf(app);
      assert.deepEqual(words(found?.touched), [
        "add column shop.Big.z (sql)",
        "drop column shop.Big.w (sql)",
        "rows bids (sql)",
        "index bids (sql)",
        "drop column bids.who (sql)",
        "add column bids.bidder (sql)",
        "create lots (sql)",
      ]);
      assert.equal(found?.whole, true);
    });

    await t.step("and says what only adds, and is only taken away again", async () => {
      for (const upgrade of ADDING) {
        await app.write("versions/read1.py", revision(upgrade));
        assert.equal((await read1(app))?.adds_only, true, upgrade);
      }
      for (const upgrade of FILLING) {
        await app.write("versions/read1.py", revision(upgrade));
        assert.equal((await read1(app))?.adds_only, false, upgrade);
      }
      const back = revision(ADDING[0]!).replace("drop_table", "execute");
      await app.write("versions/read1.py", back);
      assert.equal((await read1(app))?.adds_only, false, back);
    });

    await t.step("and says where something is put together at run time", async () => {
      const text = revision('for name in ("a", "b"):\n    op.add_column(name, sa.Column("c"))');
      await app.write("versions/read1.py", text);
      assert.deepEqual(await touchesOf(app), { touched: [], whole: false });
    });

    await t.step("and reads a file all the same that is deeper than calls go", async () => {
      const sum = Array(1500).fill('"a"').join(" + ");
      await app.write("versions/read1.py", revision(`op.execute(${sum})`));
      assert.deepEqual(await touchesOf(app), { touched: [], whole: false });
    });
  });
}

Deno.test("a probe's hash of the code changes with the code, not with its layout", async () => {
  const text = revision('op.execute("select 1")');
  await using app = await withRevision(text);
  const hash = async (other: string) => {
    await app.write("versions/read1.py", other);
    const { revisions } = await probe(app);
    const { sha256, code_sha256 } = revisions.find(({ id }) => id === "read1")!;
    return { sha256, code: code_sha256 };
  };
  const before = await hash(text);
  const layouts = [
    `# a comment\n${text}`,
    `"""A docstring."""\n${text}`,
    text.replaceAll("\n", "\r\n"),
    text.replaceAll("    ", "  ").replace("op.execute(", "op.execute( "),
  ];
  for (const layout of layouts) {
    const after = await hash(layout);
    assert.notEqual(after.sha256, before.sha256);
    assert.equal(after.code, before.code);
  }
  assert.notEqual((await hash(text.replace("select 1", "select 2"))).code, before.code);
});
