import type { Case } from "./case.ts";

/** Revisions that work, and make trouble on a bad day. */
export const BAD_HABITS: readonly Case[] = [
  {
    name: "a revision that commits in the middle",
    tables: { boats: "small" },
    upgrade: [
      'op.add_column("boats", sa.Column("sail", sa.Text()))',
      "with op.get_context().autocommit_block():",
      '    op.create_index("ix_boats_sail", "boats", ["sail"], postgresql_concurrently=True)',
    ],
    downgrade: ['op.drop_index("ix_boats_sail")', 'op.drop_column("boats", "sail")'],
    rules: ["commits-inside"],
    says: [/commits what came before it\..*`ALTER TABLE boats ADD COLUMN sail TEXT`/],
  },
  {
    name: "an index that is left broken",
    tables: { trams: "small" },
    upgrade: [
      "with op.get_context().autocommit_block():",
      "    try:",
      '        op.execute("CREATE UNIQUE INDEX CONCURRENTLY uq_trams_account ON trams (account)")',
      "    except sa.exc.DBAPIError:",
      "        pass",
    ],
    downgrade: ['op.execute("DROP INDEX uq_trams_account")'],
    rules: ["invalid-index"],
    says: [/The index public\.uq_trams_account on public\.trams is left invalid/],
  },
  {
    name: "a new column that every INSERT must name",
    tables: { ferries: "small" },
    upgrade: [
      'op.add_column("ferries", sa.Column("deck", sa.Text(), server_default="", nullable=False))',
      'op.alter_column("ferries", "deck", server_default=None)',
    ],
    downgrade: ['op.drop_column("ferries", "deck")'],
    rules: ["required-column"],
    says: [/^public\.ferries\.deck is NOT NULL and has no default: an app that does not write it/],
  },
  {
    name: "a renamed column",
    tables: { planes: "small" },
    upgrade: ['op.alter_column("planes", "account", new_column_name="airline")'],
    downgrade: ['op.alter_column("planes", "airline", new_column_name="account")'],
    rules: ["renamed"],
    says: [
      /The column planes\.account becomes airline: the app that runs now asks for the old name/,
    ],
  },
  {
    name: "a renamed table",
    tables: { bikes: "small" },
    upgrade: ['op.rename_table("bikes", "bicycles")'],
    downgrade: ['op.rename_table("bicycles", "bikes")'],
    rules: ["renamed"],
    says: [/The table bikes becomes bicycles/],
  },
  {
    name: "a foreign key without an index",
    tables: { reviews: "big", authors: "small" },
    upgrade: [
      'op.execute("ALTER TABLE reviews ADD CONSTRAINT fk_reviews FOREIGN KEY (account) REFERENCES authors (id) NOT VALID")',
    ],
    downgrade: ['op.drop_constraint("fk_reviews", "reviews")'],
    rules: ["fk-without-index"],
    says: [
      /No index of public\.reviews begins with account: each row that is deleted from authors/,
    ],
  },
  {
    name: "one revision for many unrelated things",
    tables: { pens: "small", cups: "small", hats: "small", keysets: "small" },
    upgrade: ["pens", "cups", "hats", "keysets"].map((table) =>
      `op.execute("UPDATE ${table} SET spare = 'x' WHERE id = 1")`
    ),
    downgrade: ["pens", "cups", "hats", "keysets"].map((table) =>
      `op.execute("UPDATE ${table} SET spare = NULL WHERE id = 1")`
    ),
    rules: ["many-changes"],
    says: [
      /It changes 4 things that have nothing to do with each other: pens, cups, hats and keysets/,
    ],
  },
  {
    name: "no word about what it is for",
    tables: { birds: "small" },
    doc: "",
    upgrade: ['op.add_column("birds", sa.Column("song", sa.Text()))'],
    downgrade: ['op.drop_column("birds", "song")'],
    rules: ["no-docstring"],
    says: [/does not say what the revision is for/],
  },
];
