import type { Case } from "./case.ts";

/** Revisions without fault; none may raise a finding. */
export const GOOD: readonly Case[] = [
  {
    name: "a database of its own for what is measured",
    upgrade: [
      "with op.get_context().autocommit_block():",
      '    op.execute("CREATE DATABASE measurements")',
    ],
    downgrade: [
      "with op.get_context().autocommit_block():",
      '    op.execute("DROP DATABASE measurements")',
    ],
    rules: [],
  },
  {
    name: "an end to all other sessions of the database",
    tables: { bells: "small" },
    upgrade: [
      'op.create_index("ix_bells_email", "bells", ["email"])',
      'op.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "',
      '    "WHERE datname = current_database() AND pid <> pg_backend_pid()")',
    ],
    downgrade: ['op.drop_index("ix_bells_email")'],
    rules: [],
  },
  {
    name: "a column that a converted one takes the place of",
    tables: { pennies: "small" },
    upgrade: [
      'op.add_column("pennies", sa.Column("cents", sa.Integer()))',
      'op.execute("UPDATE pennies SET cents = amount * 100")',
      'op.drop_column("pennies", "amount")',
      'op.alter_column("pennies", "cents", new_column_name="amount", nullable=False)',
    ],
    downgrade: ['op.execute("UPDATE pennies SET amount = amount / 100")'],
    rules: [],
  },
  good("a table with a foreign key to a large one", { buyers: "big" }, [
    'op.create_table("wishes", sa.Column("id", sa.Integer(), primary_key=True),',
    '    sa.Column("buyer_id", sa.Integer(), sa.ForeignKey("buyers.id"), nullable=False, index=True))',
  ], ['op.drop_table("wishes")']),
  good("a column that may be null", { films: "big" }, [
    'op.add_column("films", sa.Column("plot", sa.Text(), nullable=True))',
  ], ['op.drop_column("films", "plot")']),
  good("a column with a constant default", { songs: "big" }, [
    'op.add_column("songs", sa.Column("plays", sa.Integer(), server_default="0", nullable=False))',
  ], ['op.drop_column("songs", "plays")']),
  good("a column with the time as its default", { plays: "big" }, [
    'op.add_column("plays", sa.Column("seen", sa.DateTime(timezone=True),',
    "    server_default=sa.func.now(), nullable=False))",
  ], ['op.drop_column("plays", "seen")']),
  good("an index built while others write", { poems: "big" }, [
    "with op.get_context().autocommit_block():",
    '    op.create_index("ix_poems_email", "poems", ["email"], postgresql_concurrently=True)',
  ], [
    "with op.get_context().autocommit_block():",
    '    op.drop_index("ix_poems_email", postgresql_concurrently=True)',
  ]),
  good("an index dropped while others write", {
    novels: "big",
  }, [
    "with op.get_context().autocommit_block():",
    '    op.drop_index("ix_novels_email", postgresql_concurrently=True)',
  ], [
    "with op.get_context().autocommit_block():",
    '    op.create_index("ix_novels_email", "novels", ["email"], postgresql_concurrently=True)',
  ], ["create index ix_novels_email on novels (email)"]),
  good("an index on a small table", { kings: "small" }, [
    'op.create_index("ix_kings_email", "kings", ["email"])',
  ], ['op.drop_index("ix_kings_email")']),
  good(
    "a foreign key that is validated later",
    { rides: "big", drivers: "small" },
    [
      'op.create_foreign_key("fk_rides", "rides", "drivers", ["account"], ["id"],',
      "    postgresql_not_valid=True)",
    ],
    ['op.drop_constraint("fk_rides", "rides")'],
    [
      "create index ix_rides_account on rides (account)",
    ],
  ),
  good("a foreign key validated", { trips: "big", guides: "small" }, [
    'op.execute("ALTER TABLE trips VALIDATE CONSTRAINT fk_trips")',
  ], [
    'op.drop_constraint("fk_trips", "trips")',
    'op.execute("ALTER TABLE trips ADD CONSTRAINT fk_trips FOREIGN KEY (account) "',
    '    "REFERENCES guides (id) NOT VALID")',
  ], [
    "create index ix_trips_account on trips (account)",
    "alter table trips add constraint fk_trips foreign key (account) references guides (id) not valid",
  ]),
  good("a CHECK that is validated later", { bills: "big" }, [
    'op.create_check_constraint("ck_bills", "bills", "amount > 0", postgresql_not_valid=True)',
  ], ['op.drop_constraint("ck_bills", "bills")']),
  good("NOT NULL on the word of a CHECK", { debts: "big" }, [
    'op.execute("ALTER TABLE debts VALIDATE CONSTRAINT ck_debts_code")',
    'op.alter_column("debts", "code", nullable=False)',
    'op.drop_constraint("ck_debts_code", "debts")',
  ], [
    'op.alter_column("debts", "code", nullable=True)',
    'op.execute("ALTER TABLE debts ADD CONSTRAINT ck_debts_code "',
    '    "CHECK (code IS NOT NULL) NOT VALID")',
  ], ["alter table debts add constraint ck_debts_code check (code is not null) not valid"]),
  good(
    "NOT NULL on the word of a CHECK that was valid already",
    { loans: "big" },
    [
      'op.alter_column("loans", "code", nullable=False)',
    ],
    ['op.alter_column("loans", "code", nullable=True)'],
    [
      "alter table loans add constraint ck_loans_code check (code is not null)",
    ],
  ),
  good("NOT NULL on a small table", { banks: "small" }, [
    'op.alter_column("banks", "code", nullable=False)',
  ], ['op.alter_column("banks", "code", nullable=True)']),
  good("a backfill in batches", { coins: "big" }, [
    "with op.get_context().autocommit_block():",
    "    for first in range(0, 2001, 500):",
    '        op.execute(f"UPDATE coins SET spare = code WHERE id >= {first} AND id < {first} + 500")',
  ], ['op.execute("UPDATE coins SET spare = NULL")']),
  good("a few rows changed, and changed back", { flags: "big" }, [
    `op.execute("UPDATE flags SET email = 'root' WHERE id = 7")`,
  ], [`op.execute("UPDATE flags SET email = 'User7@Example.org' WHERE id = 7")`]),
  good(
    "a table whose trigger keeps a log of it",
    { users: "small" },
    [
      'op.execute("UPDATE users SET spare = code")',
    ],
    ['op.execute("UPDATE users SET spare = NULL")'],
    [
      "create table user_log (what text) partition by range (what)",
      "create table user_log_all partition of user_log default",
      `create function log_user() returns trigger language plpgsql as
       $$ begin insert into user_log values (new.email); return new; end $$`,
      "create trigger log after update on users for each row execute function log_user()",
    ],
  ),
  good("rows added, and taken away again", { towns: "small" }, [
    'op.execute("INSERT INTO towns SELECT id + 100, account, email, code, amount, price, spare, pages, at "',
    '    "FROM towns WHERE id <= 3")',
  ], ['op.execute("DELETE FROM towns WHERE id > 100")']),
  good("an empty column dropped", { ports: "big" }, [
    'op.drop_column("ports", "spare")',
  ], ['op.add_column("ports", sa.Column("spare", sa.Text()))']),
  good("an empty table dropped", {}, ['op.drop_table("ghosts")'], [
    'op.create_table("ghosts", sa.Column("id", sa.Integer(), primary_key=True))',
  ], ["create table ghosts (id serial primary key)"]),
  good("a type made and dropped", { ships: "small" }, [
    'state = sa.Enum("sails", "rests", name="ship_state")',
    "state.create(op.get_bind())",
    'op.add_column("ships", sa.Column("state", state))',
  ], ['op.drop_column("ships", "state")', 'sa.Enum(name="ship_state").drop(op.get_bind())']),
  good("a longer text", { lakes: "big" }, [
    'op.alter_column("lakes", "code", type_=sa.String(40))',
  ], ['op.alter_column("lakes", "code", type_=sa.String(20))']),
  good("a text without a limit", { seas: "big" }, [
    'op.alter_column("seas", "code", type_=sa.Text())',
  ], ['op.alter_column("seas", "code", type_=sa.String(20))']),
  good("a larger number on a small table", { hills: "small" }, [
    'op.alter_column("hills", "amount", type_=sa.BigInteger())',
  ], ['op.alter_column("hills", "amount", type_=sa.Integer())']),
  good("a column moved into a table of its own", { farms: "small" }, [
    'op.execute("CREATE TABLE barns (id integer PRIMARY KEY, email text)")',
    'op.execute("INSERT INTO barns SELECT id, email FROM farms")',
    'op.drop_column("farms", "email")',
  ], [
    'op.add_column("farms", sa.Column("email", sa.Text()))',
    'op.execute("UPDATE farms SET email = b.email FROM barns b WHERE b.id = farms.id")',
    'op.alter_column("farms", "email", nullable=False)',
    'op.drop_table("barns")',
  ]),
  good("an index and a constraint renamed", { woods: "big" }, [
    'op.execute("ALTER INDEX ix_woods RENAME TO ix_woods_email")',
    'op.execute("ALTER TABLE woods RENAME CONSTRAINT woods_pkey TO pk_woods")',
  ], [
    'op.execute("ALTER TABLE woods RENAME CONSTRAINT pk_woods TO woods_pkey")',
    'op.execute("ALTER INDEX ix_woods_email RENAME TO ix_woods")',
  ], ["create index ix_woods on woods (email)"]),
  good("a table renamed, with a view in its place", { roads: "small" }, [
    'op.rename_table("roads", "streets")',
    'op.execute("CREATE VIEW roads AS SELECT * FROM streets")',
  ], ['op.execute("DROP VIEW roads")', 'op.rename_table("streets", "roads")']),
  good("a view, a function and a trigger", { rocks: "big" }, [
    'op.execute("CREATE VIEW heavy_rocks AS SELECT * FROM rocks WHERE amount > 9")',
    'op.execute("CREATE FUNCTION touch_rock() RETURNS trigger LANGUAGE plpgsql "',
    '    "AS $$ BEGIN RETURN NEW; END $$")',
    'op.execute("CREATE TRIGGER touch BEFORE UPDATE ON rocks FOR EACH ROW "',
    '    "EXECUTE FUNCTION touch_rock()")',
  ], [
    'op.execute("DROP TRIGGER touch ON rocks")',
    'op.execute("DROP FUNCTION touch_rock()")',
    'op.execute("DROP VIEW heavy_rocks")',
  ]),
  good("a comment, a default and a right", { sands: "big" }, [
    "op.execute(\"COMMENT ON COLUMN sands.code IS 'as on the bag'\")",
    'op.alter_column("sands", "amount", server_default="1")',
    'op.execute("GRANT SELECT ON sands TO PUBLIC")',
  ], [
    'op.execute("REVOKE SELECT ON sands FROM PUBLIC")',
    'op.alter_column("sands", "amount", server_default=None)',
    'op.execute("COMMENT ON COLUMN sands.code IS NULL")',
  ]),
];

function good(
  name: string,
  tables: NonNullable<Case["tables"]>,
  upgrade: readonly string[],
  downgrade: readonly string[],
  before: readonly string[] = [],
): Case {
  return { name, tables, before, upgrade, downgrade, rules: [] };
}
