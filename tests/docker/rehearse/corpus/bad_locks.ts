import type { Case } from "./case.ts";

/** Revisions that keep others out while rows are worked on. */
export const BAD_LOCKS: readonly Case[] = [
  {
    name: "a type that needs every row to be written anew",
    tables: { invoices: "big" },
    upgrade: ['op.alter_column("invoices", "amount", type_=sa.BigInteger())'],
    downgrade: ['op.alter_column("invoices", "amount", type_=sa.Integer())'],
    rules: ["blocks-reads"],
    says: [
      /ALTER TABLE invoices ALTER COLUMN amount TYPE BIGINT` held ACCESS EXCLUSIVE on public\.invoices for .* on the copy, which blocks reads and writes, while its 2,000 rows were written anew/,
    ],
  },
  {
    name: "a large table written anew",
    tables: { archives: "wide" },
    upgrade: ['op.alter_column("archives", "amount", type_=sa.BigInteger())'],
    downgrade: ['op.alter_column("archives", "amount", type_=sa.Integer())'],
    rules: ["rewrite-over"],
    says: [/its 2,000 rows were written anew \(\d\.\d MB\)/],
  },
  {
    name: "a column with a volatile default",
    tables: { tickets: "big" },
    upgrade: [
      'op.add_column("tickets", sa.Column("token", sa.Uuid(), nullable=False,',
      '    server_default=sa.text("gen_random_uuid()")))',
    ],
    downgrade: ['op.drop_column("tickets", "token")'],
    // Another value in every row each time.
    rules: ["volatile-default"],
    says: [/gen_random_uuid\(\) NOT NULL` held ACCESS EXCLUSIVE on public\.tickets/],
  },
  {
    name: "a column that counts",
    tables: { seats: "big" },
    upgrade: ['op.execute("ALTER TABLE seats ADD COLUMN number SERIAL")'],
    downgrade: ['op.drop_column("seats", "number")'],
    rules: ["volatile-default"],
    says: [/on public\.seats .* written anew/],
  },
  {
    name: "SET NOT NULL on a partitioned table",
    before: [
      "create table arrivals (id integer, at date) partition by range (id)",
      "create table arrivals_1 partition of arrivals for values from (1) to (1001)",
      "create table arrivals_2 partition of arrivals for values from (1001) to (2001)",
      "insert into arrivals select n, '2026-01-01' from generate_series(1, 2000) n",
      "analyze arrivals",
    ],
    upgrade: ['op.alter_column("arrivals", "at", nullable=False)'],
    downgrade: ['op.alter_column("arrivals", "at", nullable=True)'],
    rules: ["not-null-scan"],
    says: [/held ACCESS EXCLUSIVE on .*public\.arrivals\b.* while .*2,000 rows/],
  },
  {
    name: "SET NOT NULL on a filled column",
    tables: { members: "big" },
    upgrade: ['op.alter_column("members", "code", nullable=False)'],
    downgrade: ['op.alter_column("members", "code", nullable=True)'],
    rules: ["not-null-scan"],
    says: [
      /code SET NOT NULL` held ACCESS EXCLUSIVE on public\.members .* while its 2,000 rows were read/,
    ],
  },
  {
    name: "a CHECK that is validated at once",
    tables: { offers: "big" },
    upgrade: ['op.create_check_constraint("ck_offers_amount", "offers", "amount > 0")'],
    downgrade: ['op.drop_constraint("ck_offers_amount", "offers")'],
    rules: ["constraint-scan"],
    says: [/ADD CONSTRAINT ck_offers_amount CHECK \(amount > 0\)`/],
  },
  {
    name: "a foreign key that is validated at once",
    tables: { parcels: "big", depots: "small" },
    before: ["create index ix_parcels_account on parcels (account)"],
    upgrade: ['op.create_foreign_key("fk_parcels", "parcels", "depots", ["account"], ["id"])'],
    downgrade: ['op.drop_constraint("fk_parcels", "parcels")'],
    rules: ["constraint-scan"],
    says: [
      /SHARE ROW EXCLUSIVE on public\.(parcels and public\.depots|depots and public\.parcels)/,
    ],
  },
  {
    name: "an index that locks writers out",
    tables: { events: "big" },
    upgrade: ['op.create_index("ix_events_email", "events", ["email"])'],
    downgrade: ['op.drop_index("ix_events_email")'],
    rules: ["blocks-writes"],
    says: [
      /`CREATE INDEX ix_events_email ON events \(email\)` held SHARE on public\.events .*, which blocks writes, while an index was built over its 2,000 rows/,
    ],
  },
  {
    name: "a unique constraint that builds its index under a lock",
    tables: { labels: "big" },
    upgrade: ['op.create_unique_constraint("uq_labels_email", "labels", ["email"])'],
    downgrade: ['op.drop_constraint("uq_labels_email", "labels")'],
    rules: ["blocks-reads"],
    says: [
      /ADD CONSTRAINT uq_labels_email UNIQUE \(email\)` held ACCESS EXCLUSIVE on public\.labels/,
    ],
  },
  {
    name: "a column, its backfill and its constraint in one transaction",
    tables: { orders: "big" },
    upgrade: [
      'op.add_column("orders", sa.Column("total", sa.Integer(), nullable=True))',
      'op.execute("UPDATE orders SET total = amount * 2")',
      'op.alter_column("orders", "total", nullable=False)',
    ],
    downgrade: ['op.drop_column("orders", "total")'],
    rules: ["blocks-reads", "many-rows", "required-column"],
    says: [
      /^`ALTER TABLE orders ADD COLUMN total INTEGER` held ACCESS EXCLUSIVE on public\.orders .* while 2,000 rows of orders were updated by `UPDATE orders SET/,
      /^2,000 rows of public\.orders were updated in one transaction by/,
    ],
  },
  {
    name: "a foreign key made before the copying that it has to wait for",
    tables: { persons: "big" },
    upgrade: [
      'op.execute("CREATE TABLE homes (id integer PRIMARY KEY REFERENCES persons (id), code text)")',
      'op.execute("INSERT INTO homes SELECT id, code FROM persons")',
    ],
    downgrade: ['op.drop_table("homes")'],
    rules: ["blocks-writes"],
    says: [/SHARE ROW EXCLUSIVE on public\.persons .* while 2,000 rows were written into homes by/],
  },
  {
    name: "a materialized view that is filled anew",
    tables: { sales: "big" },
    before: [
      "create materialized view sums as select * from sales",
      "create unique index on sums (id)",
      "analyze sums",
    ],
    upgrade: ['op.execute("REFRESH MATERIALIZED VIEW sums")'],
    downgrade: ['op.execute("REFRESH MATERIALIZED VIEW sums")'],
    rules: ["blocks-reads"],
    says: [/`REFRESH MATERIALIZED VIEW sums` held ACCESS EXCLUSIVE on public\.sums/],
  },
  {
    name: "several tables locked one after the other",
    tables: { stores: "small", shelves: "small", goods: "small" },
    upgrade: [
      'op.add_column("stores", sa.Column("n", sa.Integer()))',
      'op.add_column("shelves", sa.Column("n", sa.Integer()))',
      'op.add_column("goods", sa.Column("n", sa.Integer()))',
    ],
    downgrade: [
      'op.drop_column("goods", "n")',
      'op.drop_column("shelves", "n")',
      'op.drop_column("stores", "n")',
    ],
    rules: ["locks-many"],
    says: [/public\.stores, public\.shelves and public\.goods one after the other/],
  },
];
