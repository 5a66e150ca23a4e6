import { type Case, REFUSES } from "./case.ts";

/** Revisions that lose data, or change much of it at once. */
export const BAD_DATA: readonly Case[] = [
  {
    name: "a column dropped with its values",
    tables: { guests: "small" },
    upgrade: ['op.drop_column("guests", "email")'],
    downgrade: [
      'op.add_column("guests", sa.Column("email", sa.Text(), server_default="", nullable=False))',
    ],
    rules: ["data-lost"],
    says: [/the column public\.guests\.email with 100 values/],
  },
  {
    name: "a last column dropped and made again, which no definition tells",
    tables: { vases: "small" },
    before: ["alter table vases add note text", "update vases set note = 'n' where id > 40"],
    upgrade: [
      'op.drop_column("vases", "note")',
      'op.add_column("vases", sa.Column("note", sa.Text()))',
    ],
    downgrade: REFUSES,
    rules: ["data-lost", "downgrade-raises"],
    says: [/the column public\.vases\.note with 60 values/],
  },
  {
    name: "a table dropped with its rows",
    tables: { letters: "small" },
    upgrade: ['op.drop_table("letters")'],
    downgrade: REFUSES,
    rules: ["data-lost", "downgrade-raises"],
    says: [/the table public\.letters with 100 rows/, /Only a restore of the backup/],
  },
  {
    name: "a table emptied",
    tables: { carts: "small" },
    upgrade: ['op.execute("TRUNCATE carts")'],
    downgrade: REFUSES,
    rules: ["data-lost", "downgrade-raises"],
    says: [/100 rows of public\.carts/, /refuses/],
  },
  {
    name: "many rows deleted at once",
    tables: { sessions: "big" },
    upgrade: ['op.execute("DELETE FROM sessions WHERE id > 500")'],
    downgrade: REFUSES,
    rules: ["data-lost", "many-rows", "downgrade-raises"],
    says: [
      /1,500 rows of public\.sessions/,
      /1,500 rows of public\.sessions were deleted in one/,
      /refuses/,
    ],
  },
  {
    name: "a type that cuts values",
    tables: { prices: "small" },
    upgrade: ['op.alter_column("prices", "price", type_=sa.Integer())'],
    downgrade: ['op.alter_column("prices", "price", type_=sa.Numeric(10, 2))'],
    rules: ["retype-changes"],
    says: [/price TYPE INTEGER` changes 100 values of public\.prices\.price/],
  },
  {
    name: "many rows changed at once",
    tables: { accounts: "big" },
    upgrade: ['op.execute("UPDATE accounts SET spare = lower(email)")'],
    downgrade: ['op.execute("UPDATE accounts SET spare = NULL")'],
    rules: ["many-rows"],
    says: [/2,000 rows of public\.accounts were updated in one transaction by `UPDATE accounts/],
  },
  {
    name: "one statement for each row",
    tables: { visits: "small" },
    upgrade: [
      'for row in op.get_bind().execute(sa.text("SELECT id FROM visits")).fetchall():',
      '    op.get_bind().execute(sa.text("UPDATE visits SET spare = \'x\' WHERE id = :id"), {"id": row[0]})',
    ],
    downgrade: ['op.execute("UPDATE visits SET spare = NULL")'],
    rules: ["row-by-row"],
    says: [/was sent 100 times, about once for each row/],
  },
  {
    name: "values that no downgrade can bring back",
    tables: { logins: "small" },
    upgrade: ['op.execute("UPDATE logins SET email = lower(email)")'],
    downgrade: ['op.execute("UPDATE logins SET email = upper(email)")'],
    rules: ["downgrade-lossy"],
    says: [/the data is not what it was: 100 values of public\.logins\.email\.$/],
  },
];
