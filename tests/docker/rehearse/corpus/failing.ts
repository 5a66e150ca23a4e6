import type { EnvFile } from "../../migrate/project.ts";
import { type Case, REFUSES } from "./case.ts";

/** A revision that does not come to its end: nothing can be rehearsed after it. */
export interface Failing extends Case {
  readonly env?: EnvFile;
  /** Another revision beside it. */
  readonly beside?: string;
}

/** Each in a rehearsal of its own. */
export const FAILING: readonly Failing[] = [
  {
    name: "a column that old rows have no value for",
    tables: { cities: "small" },
    upgrade: ['op.add_column("cities", sa.Column("mayor", sa.Text(), nullable=False))'],
    downgrade: ['op.drop_column("cities", "mayor")'],
    rules: ["upgrade-fails"],
    says: [/column "mayor" of relation "cities" contains null values/],
  },
  {
    name: "a unique constraint on values that are there twice",
    tables: { streets: "small" },
    upgrade: ['op.create_unique_constraint("uq_streets", "streets", ["account"])'],
    downgrade: ['op.drop_constraint("uq_streets", "streets")'],
    rules: ["upgrade-fails"],
    says: [/could not create unique index "uq_streets"/],
  },
  {
    name: "a type that an earlier downgrade left behind",
    before: ["create type mood as enum ('good', 'bad')"],
    upgrade: ['sa.Enum("good", "bad", name="mood").create(op.get_bind(), checkfirst=False)'],
    downgrade: ['sa.Enum(name="mood").drop(op.get_bind())'],
    rules: ["upgrade-fails"],
    says: [/type "mood" already exists/],
  },
  {
    name: "a migration that comes to no end",
    upgrade: ['op.execute("SELECT pg_sleep(3600)")'],
    downgrade: REFUSES,
    rules: ["upgrade-hangs"],
    says: [/pg_sleep/],
  },
  {
    name: "an env.py that never commits",
    env: { before: ['connection.exec_driver_sql("SELECT 1")'] },
    upgrade: ['op.create_table("vanishing", sa.Column("id", sa.Integer(), primary_key=True))'],
    downgrade: ['op.drop_table("vanishing")'],
    rules: ["never-commits"],
    says: [/./],
  },
  {
    name: "an autocommit_block() under an env.py that began a transaction",
    env: { before: ['connection.exec_driver_sql("SELECT 1")'] },
    tables: { rivers: "small" },
    upgrade: [
      "with op.get_context().autocommit_block():",
      '    op.create_index("ix_rivers", "rivers", ["email"], postgresql_concurrently=True)',
    ],
    downgrade: ['op.drop_index("ix_rivers")'],
    rules: ["upgrade-fails"],
    says: [/./],
  },
  {
    name: "a migration that asks the internet",
    upgrade: ["import urllib.request", 'urllib.request.urlopen("http://example.org", timeout=20)'],
    downgrade: REFUSES,
    rules: ["reaches-out"],
    says: [/example\.org|resol|reach/],
  },
  {
    name: "a migration that writes beside its code",
    upgrade: ['open(os.path.join(os.path.dirname(__file__), "done.txt"), "w").write("done")'],
    downgrade: REFUSES,
    rules: ["writes-files"],
    says: [/done\.txt/],
  },
  {
    name: "two branches that nobody merged",
    beside: "op.create_table('aside', sa.Column('id', sa.Integer(), primary_key=True))",
    upgrade: ['op.create_table("ahead", sa.Column("id", sa.Integer(), primary_key=True))'],
    downgrade: ['op.drop_table("ahead")'],
    rules: ["several-heads"],
    says: [/There are 2 heads since base0/],
  },
];
