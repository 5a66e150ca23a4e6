import type { Queryable } from "../../postgres/connection.ts";
import type { RestoreRequest } from "./request.ts";
import { refused } from "./server_state.ts";

/** What an ordinary user's restore needs more than being let in. */
export interface RightsNeeded {
  readonly request: RestoreRequest;
  /** The database that is replaced; undefined where there is none. */
  readonly live: string | undefined;
  readonly createsRoles: boolean;
}

/** Refuses what an ordinary user may not do, before the load rather than at its end. */
export async function requireRights(
  sql: Queryable,
  { request, live, createsRoles }: RightsNeeded,
): Promise<void> {
  const { manifest } = request.backup;
  const [user] = await sql<{ name: string; superuser: boolean; createrole: boolean }[]>`
    select rolname as name, rolsuper as superuser, rolcreaterole as createrole
    from pg_roles where rolname = current_user`;
  if (!user || user.superuser) return;
  const lacks = (what: string, hint = "Give oakum a superuser.") =>
    refused("missing-rights", `The user "${user.name}" ${what}`, { hint });

  if (createsRoles && !user.createrole) throw lacks("may not create roles.");
  if (live !== undefined && !await ownsDatabase(sql, live)) {
    throw lacks(`does not own "${live}", so it may not rename it.`);
  }
  const owners = request.owner ? ownersOf(manifest.fingerprint.rows) : [];
  const strangers = await notMemberOf(sql, owners);
  if (strangers.length > 0) {
    throw lacks(
      `cannot make objects that belong to ${list(strangers)}.`,
      "Give oakum a superuser; or let everything belong to this user: --no-owner",
    );
  }
  const forbidden = await superuserExtensions(sql, manifest.database.extensions);
  if (forbidden.length > 0) throw lacks(`may not create the extensions ${list(forbidden)}.`);
  const sessions = live === undefined ? [] : await endlessSessions(sql, live);
  if (sessions.length > 0) {
    throw lacks(
      `may not end the sessions of ${list(sessions)} in "${live}", which the swap needs.`,
      "Give oakum a superuser, grant it pg_signal_backend, or stop what is connected.",
    );
  }
}

async function ownsDatabase(sql: Queryable, name: string): Promise<boolean> {
  const [row] = await sql<{ owns: boolean }[]>`
    select pg_has_role(datdba, 'USAGE') as owns from pg_database where datname = ${name}`;
  return row?.owns ?? false;
}

function ownersOf(rows: readonly (readonly [string, string, string])[]): string[] {
  return [...new Set(rows.filter(([kind]) => kind === "~owner").map(([, , owner]) => owner))];
}

async function notMemberOf(sql: Queryable, roles: readonly string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select rolname as name from pg_roles
    where rolname = any(${[...roles]}::text[]) and not pg_has_role(oid, 'USAGE') order by 1`;
  return rows.map(({ name }) => name);
}

async function superuserExtensions(
  sql: Queryable,
  extensions: readonly { name: string }[],
): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select e.name from pg_available_extensions e
      join pg_available_extension_versions v on v.name = e.name and v.version = e.default_version
    where e.name = any(${extensions.map(({ name }) => name)}::text[]) and e.name <> 'plpgsql'
      and v.superuser and not v.trusted order by 1`;
  return rows.map(({ name }) => name);
}

async function endlessSessions(sql: Queryable, database: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select distinct a.usename::text as name from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
    where a.datname = ${database} and not pg_has_role(r.oid, 'USAGE')
      and (r.rolsuper or not pg_has_role('pg_signal_backend', 'USAGE')) order by 1`;
  return rows.map(({ name }) => name);
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
