import { type Case, REFUSES } from "./case.ts";

/** Revisions that cannot be undone as they say. */
export const BAD_DOWNGRADES: readonly Case[] = [
  {
    name: "a downgrade that leaves a type behind",
    tables: { jobs: "small" },
    upgrade: [
      'state = sa.Enum("new", "done", name="job_state")',
      "state.create(op.get_bind())",
      'op.add_column("jobs", sa.Column("state", state))',
    ],
    downgrade: ['op.drop_column("jobs", "state")'],
    rules: ["downgrade-leaves", "not-repeatable"],
    says: [
      /^Type public\.job_state is left behind by the downgrade of /,
      /fails: .*type "job_state" already exists/,
    ],
  },
  {
    name: "a downgrade that leaves a table behind",
    upgrade: [
      'op.execute("CREATE TABLE IF NOT EXISTS leftovers (id integer PRIMARY KEY)")',
      'op.execute("CREATE TABLE IF NOT EXISTS feathers (id integer PRIMARY KEY)")',
    ],
    downgrade: ['op.drop_table("feathers")'],
    rules: ["downgrade-leaves"],
    says: [/^Table public\.leftovers is left behind by the downgrade of /],
  },
  {
    name: "a downgrade that forgets a default",
    tables: { rooms: "small" },
    upgrade: [`op.alter_column("rooms", "at", server_default=sa.text("'2026-01-01Z'"))`],
    downgrade: ['op.alter_column("rooms", "at", server_default=None)'],
    rules: ["downgrade-leaves"],
    says: [/the schema is not the one before: .*public\.rooms\.at/],
  },
  {
    name: "a downgrade that does nothing",
    tables: { doors: "small" },
    upgrade: ['op.add_column("doors", sa.Column("key", sa.Text()))'],
    downgrade: ["pass"],
    rules: ["downgrade-empty"],
    says: [/The downgrade is empty, and says that all is undone while nothing is/],
  },
  {
    name: "no downgrade at all",
    tables: { walls: "small" },
    upgrade: ['op.add_column("walls", sa.Column("paint", sa.Text()))'],
    downgrade: "missing",
    rules: ["downgrade-missing"],
    says: [/There is no downgrade\(\)/],
  },
  {
    name: "a downgrade that refuses",
    tables: { floors: "small" },
    upgrade: ['op.add_column("floors", sa.Column("wood", sa.Text()))'],
    downgrade: REFUSES,
    rules: ["downgrade-raises"],
    says: [/The downgrade refuses: it only raises an error/],
  },
  {
    name: "a downgrade that fails on every database",
    tables: { roofs: "small" },
    upgrade: ['op.add_column("roofs", sa.Column("tiles", sa.Text()))'],
    downgrade: ['op.drop_column("roofs", "slates")'],
    rules: ["downgrade-fails"],
    says: [/fails: .*column "slates" of relation "roofs" does not exist/],
  },
  {
    name: "a downgrade that the upgraded data does not allow",
    tables: { lamps: "small" },
    upgrade: [
      'op.alter_column("lamps", "code", type_=sa.Text())',
      'op.execute("INSERT INTO lamps (id, account, email, code, amount, price, pages) "',
      `    "VALUES (1000, 1, 'a', repeat('x', 50), 1, 1, '')")`,
    ],
    downgrade: ['op.alter_column("lamps", "code", type_=sa.String(20))'],
    rules: ["downgrade-fails"],
    says: [/fails: .*value too long for type character varying\(20\)/],
  },
  {
    name: "a downgrade that empties what was there before",
    tables: { keys: "small" },
    upgrade: ['op.create_index("ix_keys_email", "keys", ["email"])'],
    downgrade: ['op.drop_index("ix_keys_email")', 'op.execute("DELETE FROM keys WHERE id > 90")'],
    rules: ["downgrade-lossy"],
    says: [/runs without an error, .* is not what it was: 10 rows of public\.keys\.$/],
  },
  {
    name: "an upgrade that is another one each time",
    tables: { clocks: "small" },
    upgrade: [
      'op.create_check_constraint(f"ck_{time.time_ns()}", "clocks", "amount > 0")',
    ],
    downgrade: [
      `name = op.get_bind().execute(sa.text("SELECT conname FROM pg_constraint WHERE conrelid = 'clocks'::regclass AND contype = 'c'")).scalar()`,
      'op.drop_constraint(name, "clocks")',
    ],
    rules: ["not-repeatable"],
    says: [/makes another schema than before/],
  },
];
