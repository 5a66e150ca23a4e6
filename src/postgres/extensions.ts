import type { Queryable } from "./connection.ts";

/** PostgreSQL's own extensions, whose dump and restore is tested; others may need rituals. */
const TESTED = new Set(
  ("amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance " +
    "file_fdw fuzzystrmatch hstore insert_username intagg intarray isn lo ltree moddatetime " +
    "pageinspect pg_buffercache pg_freespacemap pg_prewarm pg_stat_statements pg_surgery pg_trgm " +
    "pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple plpgsql postgres_fdw refint seg " +
    "sslinfo tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp xml2").split(" "),
);

/**
 * Extensions of which it is known that a dump and a plain restore do not bring everything back: some
 * want to be told before and after, or keep keys and catalogs of their own.
 */
const RITUALS =
  /^(timescaledb.*|citus.*|pg_graphql|pg_net|pgsodium|supabase_vault|supautils|wrappers)$/;

/** Whether an extension needs steps of its own at a restore. */
export function needsRitual(name: string): boolean {
  return RITUALS.test(name);
}

/** Extensions of a backup that a restore cannot vouch for. */
export interface ExtensionProblems {
  /** Not to be had on the server. */
  readonly missing: readonly string[];
  /** There, but not among those that are tested. */
  readonly untested: readonly string[];
}

/** The extensions among `names` that are not in the tested list. */
export function untestedExtensions(names: readonly string[]): string[] {
  return names.filter((name) => !TESTED.has(name));
}

/** Looks for a backup's extensions on the server that it is to be restored on. */
export async function checkExtensions(
  sql: Queryable,
  names: readonly string[],
): Promise<ExtensionProblems> {
  const rows = await sql<{ name: string }[]>`
    select name from unnest(${[...names]}::text[]) name
    where name not in (select name from pg_available_extensions) order by name`;
  const missing = rows.map(({ name }) => name);
  return {
    missing,
    untested: untestedExtensions(names).filter((name) => !missing.includes(name)),
  };
}

/** The version of each extension that CREATE EXTENSION would make here. */
export async function versionsToBeHad(
  sql: Queryable,
  names: readonly string[],
): Promise<Map<string, string>> {
  const rows = await sql<{ name: string; version: string }[]>`
    select name, default_version as version from pg_available_extensions
    where name = any(${[...names]}::text[])`;
  return new Map(rows.map(({ name, version }) => [name, version]));
}
