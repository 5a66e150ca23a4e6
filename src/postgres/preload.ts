import type { Queryable } from "./connection.ts";

/** What a server loads when it starts, for a copy of it that works on one database. */
export interface Preload {
  readonly libraries: readonly string[];
  /** The database that is worked on. */
  readonly database: string;
}

/** Libraries that do nothing but watch, and need no process of their own. */
const WATCHING = new Set(["pg_stat_statements", "auto_explain", "pgaudit", "pg_hint_plan"]);

/** Extensions that are of no use, or cannot be made, without the library of their name. */
const NEEDED = new Set([...WATCHING, "pg_cron", "timescaledb", "citus", "pg_net", "pgsodium"]);

/** What a copy of a server must begin with. */
export interface Origins {
  /** The libraries that it loads when it starts; a copy of the same image has them, too. */
  readonly libraries: readonly string[];
  /** The role that initdb made: rights that it granted only its like may grant again. */
  readonly superuser: string;
}

/** Reads them from a server; `extensions` are those of the database that is copied. */
export async function readOrigins(
  sql: Queryable,
  extensions: readonly { readonly name: string }[],
): Promise<Origins> {
  const [row] = await sql<{ libraries: string | null; superuser: string }[]>`
    select (select setting from pg_settings where name = 'shared_preload_libraries') as libraries,
      (select rolname from pg_roles where oid = 10) as superuser`;
  // Only some may read the setting; what is in use must be among it.
  const libraries = row?.libraries?.split(",").map((name) => name.trim().replaceAll('"', "")) ??
    extensions.map(({ name }) => name).filter((name) => NEEDED.has(name));
  return {
    libraries: libraries.filter((name) => /^[\w$./-]+$/.test(name)),
    superuser: row!.superuser,
  };
}

/** Which libraries are tried, in that order: one that does not start must not keep all others off. */
export function preloadTries({ libraries }: Preload): string[][] {
  const watching = libraries.filter((name) => WATCHING.has(name));
  const tries = [[...libraries], watching, []];
  return tries.filter((one, at) => at === 0 || one.length < tries[at - 1]!.length);
}

/**
 * Settings for a copy that loads these libraries. Workers that would act by themselves find no place:
 * those of pg_cron would run its jobs on the copy.
 */
export function preloadSettings(
  libraries: readonly string[],
  { database }: Preload,
): string[] {
  if (libraries.length === 0) return [];
  const acts = libraries.some((name) => !WATCHING.has(name));
  return [
    `shared_preload_libraries=${libraries.join(",")}`,
    ...acts ? ["max_worker_processes=0"] : [],
    // It lets itself be made in this one database only.
    ...libraries.includes("pg_cron")
      ? [`cron.database_name=${database}`, "cron.launch_active_jobs=off"]
      : [],
  ];
}
