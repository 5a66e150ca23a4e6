-- A line a table, sequence and large object: its name, a tab, and a hash of what it holds. Partitions
-- count at their root, since a restore may file a row in another one.
select name || E'\t' || hash from (
  select c.oid::regclass::text as name, (xpath('/row/h/text()', query_to_xml(format(
    'select count(*) || '':'' || coalesce(md5(string_agg(md5(t::text), '''' order by md5(t::text))), '''') as h
     from %s %s t', case when c.relkind = 'p' then '' else 'only' end, c.oid::regclass), false, true, '')))[1]::text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
    and c.relname <> 'ddl_log'
  union all
  select s.schemaname || '.' || s.sequencename, coalesce(s.last_value::text, 'unused') from pg_sequences s
  union all
  select 'large object ' || m.oid, md5(lo_get(m.oid)) from pg_largeobject_metadata m
) all_of_it(name, hash) order by 1
