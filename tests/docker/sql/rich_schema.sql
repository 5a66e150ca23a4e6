-- One of everything that a schema can hold. A role of the test stands for __ROLE__.
create schema shop authorization __ROLE__;
create schema "Odd ""Schema";
comment on schema public is 'the public one';
create extension hstore schema shop;
create extension postgres_fdw;
create extension btree_gist;

create type shop.mood as enum ('sad', 'it''s ok', 'happy');
create domain shop.email as text collate "C" check (value like '%@%') not null default 'a@b';
alter domain shop.email add constraint no_space check (value !~ ' ') not valid;
create type shop.address as (street text, number int);
create type shop.floats as range (subtype = float8, subtype_diff = float8mi);
create collation shop.german (provider = icu, locale = 'de-DE', deterministic = false);
create collation shop.plain from "C";

create function shop.add(a int, b int default 2) returns int language sql immutable parallel safe cost 7
  as 'select a + b';
create function shop.newer(a int) returns int language sql begin atomic select a + 1; end;
create procedure shop.tidy() language plpgsql security definer set work_mem = '8MB' as $$begin end$$;
create aggregate shop.total(int) (sfunc = int4pl, stype = int, initcond = '0', parallel = safe,
  combinefunc = int4pl);
create operator shop.|+| (leftarg = int, rightarg = int, function = shop.add);
create operator shop.=== (leftarg = int, rightarg = int, function = int4eq, commutator = operator(shop.===));
create operator family shop.ints using btree;
create operator class shop.int_ops for type int using btree family shop.ints as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int, int);
create function shop.to_mood(int) returns shop.mood language sql immutable as $$select 'sad'::shop.mood$$;
create cast (int as shop.mood) with function shop.to_mood(int) as assignment;

create table shop.users (
  id bigint generated always as identity (start 10 increment 5) primary key,
  name varchar(80) collate "C" not null default 'nobody',
  mail shop.email,
  feeling shop.mood default 'happy',
  lives shop.address,
  tags text[] default '{}',
  gone int,
  code char(3) check (code in ('abc', 'def')),
  kind varchar(10) constraint kinds check (kind in ('a', 'b''c', 'd')),
  upper_name text generated always as (upper(name)) stored,
  constraint unique_mail unique (mail) deferrable initially deferred,
  constraint long_name check (length(name) > 1) no inherit
);
alter table shop.users drop column gone;
alter table shop.users alter column name set statistics 500;
alter table shop.users alter column tags set storage external;
alter table shop.users alter column tags set compression pglz;
alter table shop.users alter column name set (n_distinct = -0.5);
alter table shop.users set (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
alter table shop.users replica identity full;
create table shop.orders (
  id serial, user_id bigint not null references shop.users (id) on delete cascade deferrable,
  at timestamptz default '2026-11-22 10:00+00', during tstzrange, amount numeric(12, 2) default 0.1,
  exclude using gist (user_id with =, during with &&)
);
alter table shop.orders add constraint positive check (amount >= 0) not valid;
create table shop.of_type of shop.address (street primary key);
create unlogged table shop.scratch (n int);

create index on shop.orders (at desc nulls last) include (amount) where amount > 1;
create index words on shop.users using gin (to_tsvector('english', name)) with (fastupdate = off);
create unique index lowered on shop.users (lower(name), (id % 3));
alter index shop.lowered alter column 2 set statistics 300;
alter table shop.users cluster on users_pkey;
create statistics shop.related (ndistinct, dependencies) on id, user_id from shop.orders;
alter statistics shop.related set statistics 50;

create table shop.base (a int, b text default 'x');
create table shop.derived (x int, b text) inherits (shop.base);
alter table shop.base add column later int default 3;
create table shop.log (id int, at date, note text) partition by range (at);
create table shop.log_old partition of shop.log for values from (minvalue) to ('2026-01-01');
create table shop.log_new (note text, at date, id int default 4, check (id > 0)) partition by list (id);
alter table shop.log attach partition shop.log_new for values from ('2026-01-01') to (maxvalue);
create table shop.log_one partition of shop.log_new for values in (1, null);
create table shop.log_rest partition of shop.log_new default;
create index on shop.log (at);
alter table shop.log add primary key (id, at);

create sequence shop.numbers as smallint increment -2 minvalue -100 maxvalue 100 start 4 cache 5 cycle;
alter sequence shop.numbers owned by shop.users.name;
create view shop.kinds with (security_barrier) as
  select id, name from shop.users where kind in ('a', 'd') with cascaded check option;
alter view shop.kinds alter column name set default 'from the view';
create materialized view shop.summary as select user_id, sum(amount) from shop.orders group by 1;
create unique index on shop.summary (user_id);
create materialized view shop.empty as select 1 as one with no data;
create rule silent as on delete to shop.scratch do instead nothing;

create function shop.touch() returns trigger language plpgsql as $$begin return new; end$$;
create trigger touched before update of name on shop.users for each row
  when (old.name is distinct from new.name) execute function shop.touch();
create constraint trigger checked after insert on shop.orders deferrable for each row
  execute function shop.touch();
create trigger everywhere after insert on shop.log for each row execute function shop.touch();
alter table shop.users disable trigger touched;
create function shop.noticed() returns event_trigger language plpgsql as $$begin end$$;
create event trigger noticing on ddl_command_end when tag in ('CREATE TABLE', 'DROP TABLE')
  execute function shop.noticed();
alter event trigger noticing disable;

alter table shop.orders enable row level security;
alter table shop.orders force row level security;
create policy own_rows on shop.orders as restrictive for select to __ROLE__
  using (user_id > 0);
create policy written on shop.orders for update using (true) with check (amount in (1, 2));

create text search dictionary shop.words (template = simple, accept = false);
create text search configuration shop.search (copy = english);
alter text search configuration shop.search alter mapping for word with shop.words, english_stem;
create server elsewhere type 'pg' version '1' foreign data wrapper postgres_fdw options (host 'db', dbname 'x');
create user mapping for __ROLE__ server elsewhere options (user 'u', password 'very secret');
create foreign table shop.far (n int options (column_name 'm')) server elsewhere options (table_name 't');
create publication news for table shop.users, shop.orders with (publish = 'insert, update');

grant usage on schema shop to public;
grant select, update (name) on shop.users to __ROLE__ with grant option;
grant select on shop.orders to public;
grant usage on sequence shop.numbers to __ROLE__;
grant usage on type shop.mood to __ROLE__;
grant usage on foreign server elsewhere to __ROLE__;
revoke execute on function shop.add(int, int) from public;
alter default privileges in schema shop grant select on tables to __ROLE__;
alter default privileges for role __ROLE__ revoke execute on functions from public;

comment on table shop.users is 'people''s accounts';
comment on column shop.users.name is 'as "they" write it';
comment on constraint positive on shop.orders is 'no debts';
comment on index shop.lowered is 'for logins';
comment on function shop.add(int, int) is 'plus';
comment on trigger touched on shop.users is 'when';
comment on policy own_rows on shop.orders is 'theirs';
comment on type shop.mood is 'today';
