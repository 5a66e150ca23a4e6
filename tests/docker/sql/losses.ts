/** Something of every kind that has its own way of being compared. */
export const SCHEMA = `
  create schema shop;
  create type shop.state as enum ('open', 'paid', 'sent');
  create domain shop.code as text check (value <> '');
  create collation shop.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create type shop.point as (x int, y int);
  create table alembic_version (version_num varchar(32) primary key);
  insert into alembic_version values ('4f1c09ab');
  create table shop.versions (version_num varchar(32));
  insert into shop.versions values ('1.0'), ('1.1');
  create table shop.parent (id int primary key);
  create table shop.users (
    id int primary key, name text not null, address text, price numeric(10, 2), score real,
    state shop.state, states shop.state[], code shop.code, corner shop.point, tags text[],
    raw json, doc jsonb, place point, nick text collate shop.loose, spare int, seen timestamp, born date, kind regclass,
    shouted text generated always as (upper(name)) stored
  );
  insert into shop.users select n, 'user ' || n, case when n <= 40 then 'street ' || n end, n / 4.0,
    n * 0.1, 'open', '{open,paid}', 'c' || n, row(n, n)::shop.point, array['a', null, 'b,' || n],
    '{"a":  1}', '{"a": 1}', point(n, n), 'nick', null, now() - n * interval '1 minute', '2020-02-29', 'shop.parent'
    from generate_series(1, 100) n;
  create table shop.notes (at timestamptz, note text);
  insert into shop.notes select '2026-01-01', 'note ' || n % 10 from generate_series(1, 50) n;
  create table shop.pairs (a int, b int);
  insert into shop.pairs values (1, 1), (2, 2);
  create table shop.keyed (id int primary key, b int);
  insert into shop.keyed values (1, 1), (2, 2), (3, 3);
  create table shop.alike (id int primary key, big bigint, at timestamptz, hour time, share float8,
    amount numeric, limits numeric[], doc jsonb, list int[], bigs bigint[]);
  insert into shop.alike select n, n, '2026-01-01', '12:00', 0, 'Infinity', '{1.5,2}',
    (select jsonb_agg(0) from generate_series(1, 64)), '{1,2}', array[n] from generate_series(1, 9) n;
  create table shop.wide (id bigint, at timestamp, primary key (id, at));
  insert into shop.wide select n, '2026-01-01' from generate_series(1, 9) n;
  create table shop.empty (id int);
  create table shop.orders (id serial primary key, at int generated always as identity);
  insert into shop.orders select from generate_series(1, 20);
  create sequence shop.numbers increment -2;
  select nextval('shop.numbers') from generate_series(1, 5);
  create sequence shop.unused;
  create sequence shop.spare owned by shop.notes.note;
  select setval('shop.spare', 9);
  select lo_create(0) from generate_series(1, 3);
  create table shop.bare ();
  insert into shop.bare default values;
  create table shop.sales (id int, at date not null, primary key (id, at)) partition by range (at);
  create table shop.sales_1 partition of shop.sales for values from ('2026-01-01') to ('2026-02-01');
  create table shop.sales_2 partition of shop.sales for values from ('2026-02-01') to ('2026-03-01');
  insert into shop.sales select n, date '2026-01-01' + n % 59 from generate_series(1, 59) n;
  create table shop.child () inherits (shop.parent);
  insert into shop.parent values (1); insert into shop.child values (1), (2);
`;

/** What each change of the second database takes away, in sentences; each starts out anew. */
export const CHANGES: readonly [why: string, script: string, ...losses: string[]][] = [
  ["nothing", ""],
  [
    "rows of a table that looks like Alembic's",
    "delete from shop.versions where version_num = '1.0'",
    "1 row of shop.versions",
  ],
  ["the revision moved", "update alembic_version set version_num = 'x'"],
  ["rows are added", "insert into shop.users (id, name) values (101, 'x'), (102, 'y')"],
  [
    "a table is dropped",
    "drop table shop.notes",
    "the table shop.notes with 50 rows",
  ],
  ["an empty table is dropped", "drop table shop.empty"],
  [
    "columns are dropped, one of them empty and one computed",
    "alter table shop.users drop address, drop shouted, drop spare",
    "the column shop.users.address with 40 values",
  ],
  [
    "rows are deleted by key",
    "delete from shop.users where id > 93",
    "7 rows of shop.users",
  ],
  [
    "rows are deleted and others added and changed",
    `delete from shop.users where id = 1; insert into shop.users (id, name) values (101, 'x');
     update shop.users set name = 'other', tags = '{}' where id in (2, 3)`,
    "1 row of shop.users",
    "2 values of shop.users.name",
    "2 values of shop.users.tags",
  ],
  [
    "rows without a key are deleted",
    "delete from shop.notes where note = 'note 3'",
    "5 rows of shop.notes",
  ],
  [
    "rows without a key are changed",
    "update shop.notes set note = 'x' where note in ('note 1', 'note 2')",
    "10 values of shop.notes.note",
  ],
  [
    "rows swap values",
    "update shop.keyed set b = 3 - b where b < 3",
    "2 values of shop.keyed.b",
  ],
  [
    "rows without a key swap values",
    "update shop.pairs set b = 3 - b",
    "2 values of shop.pairs",
  ],
  [
    "values of types without a hash of their own change",
    `update shop.users set raw = '{"a": 2}' where id = 1; update shop.users set place = '(0,0)'
     where id in (1, 2); update shop.users set state = 'paid', states = '{open}' where id <= 3;
      update shop.users set corner = row(0, 0), code = 'x', nick = 'NICK' where id = 4`,
    "3 values of shop.users.state",
    "3 values of shop.users.states",
    "1 value of shop.users.code",
    "1 value of shop.users.corner",
    "1 value of shop.users.raw",
    "2 values of shop.users.place",
    "1 value of shop.users.nick",
  ],
  [
    "values change to others that the server has the same hash of",
    `update shop.alike set big = (1::bigint << 32) | (big # 1), bigs = array[(1::bigint << 32) | (id # 1)]
      where id <= 2;
     update shop.alike set at = to_timestamp(0) + interval '1 microsecond' * x,
       hour = time '0:00' + interval '1 microsecond' * 5 from (values (1), (2)) v(x) where id = x;
     update shop.alike set share = null, amount = 'NaN' where id <= 3;
     update shop.alike set amount = '-Infinity' where id = 4;
     update shop.alike set doc = (select jsonb_agg(1) from generate_series(1, 64)) where id = 5;
     update shop.alike set list = '{{1,2}}', limits = '[0:1]={1.5,2}' where id = 6`,
    "2 values of shop.alike.big",
    "2 values of shop.alike.at",
    "2 values of shop.alike.hour",
    "3 values of shop.alike.share",
    "4 values of shop.alike.amount",
    "1 value of shop.alike.limits",
    "1 value of shop.alike.doc",
    "1 value of shop.alike.list",
    "2 values of shop.alike.bigs",
  ],
  [
    "rows get keys that the server has the same hash of",
    "update shop.wide set id = (1::bigint << 32) | (id # 1) where id <= 3",
    "3 rows of shop.wide",
  ],
  [
    "numbers are written with other digits",
    `update shop.alike set limits = '{1.50,2.0}';
     alter table shop.alike alter limits type numeric(8, 3)[];
     update shop.users set price = price * 1.000; alter table shop.users alter price type numeric(9, 5)`,
  ],
  [
    "types change and the values stay",
    `alter table shop.users alter price type numeric(12, 4), alter id type bigint, alter score type
     float8 using score::float8, alter tags type varchar[], alter seen type timestamptz,
     alter born type timestamp, alter raw type jsonb, alter doc type json, alter state type text,
     alter code type text`,
  ],
  [
    "types change and cut the values",
    "alter table shop.users alter price type int, alter seen type date",
    "75 values of shop.users.price",
    "100 values of shop.users.seen",
  ],
  [
    "rows go from one partition to another",
    `alter table shop.sales detach partition shop.sales_2;
     alter table shop.sales_2 rename to sales_old;
     create table shop.sales_b partition of shop.sales for values from ('2026-02-01') to ('2026-04-01');
     insert into shop.sales select * from shop.sales_old; drop table shop.sales_old`,
  ],
  [
    "a partition is dropped",
    "drop table shop.sales_1",
    "31 rows of shop.sales",
  ],
  [
    "a row of the parent table goes",
    "delete from only shop.parent",
    "1 row of shop.parent",
  ],
  [
    "sequences go on, and one that was never used is set",
    `select nextval('shop.numbers'); insert into shop.orders default values;
     select setval('shop.unused', 7)`,
  ],
  [
    "sequences are set back",
    "alter sequence shop.numbers restart; select setval('shop.orders_id_seq', 15)",
    "5 values that shop.numbers would hand out again",
    "5 values that shop.orders_id_seq would hand out again",
  ],
  [
    "a sequence that belongs to a column without taking part in it goes with that",
    "alter table shop.notes drop note",
    "the column shop.notes.note with 50 values",
  ],
  [
    "a sequence that nothing in the schema takes from is dropped, and one that was never used",
    "drop sequence shop.numbers, shop.unused",
    "the sequence shop.numbers, and how far it had come",
  ],
  [
    "a serial becomes an identity that starts at one",
    `alter table shop.orders alter id drop default;
     alter table shop.orders alter id add generated always as identity`,
    "20 values that shop.orders_id_seq would hand out again",
  ],
  [
    "a serial becomes an identity that goes on",
    `alter table shop.orders alter id drop default;
     alter table shop.orders alter id add generated always as identity (restart with 21)`,
  ],
  [
    "an identity gets a sequence of another name, and no other",
    `alter table shop.orders alter at drop identity; create sequence shop.at;
     alter table shop.orders alter at set default nextval('shop.at')`,
    "20 values that shop.orders_at_seq would hand out again",
  ],
  [
    "a table is emptied, and counts from its start",
    "truncate shop.orders restart identity",
    "20 rows of shop.orders",
  ],
  [
    "large objects are unlinked",
    "select lo_unlink(oid) from (select oid from pg_largeobject_metadata limit 2) o",
    "2 large objects",
  ],
  [
    "a table is made anew under its name, as SQLite's way of altering has it",
    `create table shop._new (note text, at timestamptz); insert into shop._new select note, at
     from shop.notes; drop table shop.notes; alter table shop._new rename to notes`,
  ],
];

/** What only a copy with the same object ids tells from a loss. */
export const RENAMES: typeof CHANGES = [
  ["a sequence that nothing takes from", "alter sequence shop.numbers rename to numbers_too"],
  [
    "tables and columns get other names",
    `alter table shop.users rename address to street; alter table shop.users rename to people;
     alter table shop.notes set schema public`,
  ],
  [
    "the only schema gets another name, and what points at its tables writes them otherwise",
    "alter schema shop rename to store",
    "100 values of shop.users.kind",
  ],
  [
    "a table and a column get the names of others",
    `alter table shop.notes rename to old_notes; create table shop.notes (note text);
     alter table shop.users rename address to street; alter table shop.users add address text`,
  ],
  [
    "a column takes the name and the place of one with the same values",
    "alter table shop.pairs drop a; alter table shop.pairs rename b to a",
  ],
  [
    "a column takes the name of one with other values",
    "alter table shop.users drop address; alter table shop.users rename name to address",
    "the column shop.users.address with 40 values",
  ],
  [
    "a renamed table loses rows",
    "alter table shop.users rename to people; delete from shop.people where id > 98",
    "2 rows of shop.users",
  ],
];
