import type { Queryable } from "./connection.ts";

/**
 * Functions of the database's own that run with a superuser's rights from now on: whoever calls them,
 * or by themselves whenever the server gathers statistics of a table. Sentences to be read by a person.
 */
export async function readPowerfulCode(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ name: string; how: "called" | "analyzed" }[]>`
    with powerful as (
      select oid from pg_roles r where rolsuper or exists (
        select from pg_roles p where p.rolname in ('pg_execute_server_program',
          'pg_read_server_files', 'pg_write_server_files') and pg_has_role(r.oid, p.oid, 'MEMBER'))
    ),
    own as (
      select p.oid, p.prosecdef, p.proowner from pg_proc p where p.oid >= 16384 and not exists (
        select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid
          and e.deptype = 'e')
    ),
    measured(relation, classid, objid) as (
      select indrelid, 'pg_class'::regclass, indexrelid from pg_index
      union all select stxrelid, 'pg_statistic_ext'::regclass, oid from pg_statistic_ext
    )
    select oid::regprocedure::text as name, 'called' as how from own
    where prosecdef and proowner in (select oid from powerful)
    union
    select own.oid::regprocedure::text, 'analyzed' from measured m
      join pg_class c on c.oid = m.relation
      join pg_depend d on d.classid = m.classid and d.objid = m.objid
        and d.refclassid = 'pg_proc'::regclass
      join own on own.oid = d.refobjid
    where c.relowner in (select oid from powerful)
    order by 2, 1`;
  const named = (how: string) => rows.filter((row) => row.how === how).map(({ name }) => name);
  return [
    ...told(named("called"), "run with a superuser's rights, whoever calls them"),
    ...told(
      named("analyzed"),
      "are in indexes or statistics of a superuser's tables, so the server runs them as a superuser",
    ),
  ];
}

function told(names: readonly string[], what: string): string[] {
  if (names.length === 0) return [];
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return [`Functions of this foreign dump ${what}: ${names.slice(0, 5).join(", ")}${more}.`];
}
