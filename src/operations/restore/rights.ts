import type { DatabaseFacts, FingerprintRow } from "../../backups/manifest.ts";
import type { OakumError } from "../../core/errors.ts";
import type { Queryable } from "../../postgres/connection.ts";
import type { RestoreRequest } from "./request.ts";
import { refused } from "./server_state.ts";

/** What an ordinary user's restore needs more than being let in. */
export interface RightsNeeded {
  readonly request: Pick<RestoreRequest, "owner"> & {
    readonly backup: {
      readonly manifest: {
        readonly fingerprint: { readonly rows: readonly FingerprintRow[] };
        readonly database: Pick<DatabaseFacts, "extensions">;
      };
    };
  };
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
  const user = await ordinaryUser(sql);
  if (!user) return;
  if (createsRoles && !user.createrole) throw lacks(user, "may not create roles.");
  if (live !== undefined) await requireOwned(sql, user, [live], "rename");
  const owners = request.owner ? ownersOf(manifest.fingerprint.rows) : [];
  const strangers = await notMemberOf(sql, owners);
  if (strangers.length > 0) {
    throw lacks(
      user,
      `cannot make objects that belong to ${list(strangers)}.`,
      "Give oakum a superuser; or let everything belong to this user: --no-owner",
    );
  }
  const forbidden = await superuserExtensions(sql, manifest.database.extensions);
  if (forbidden.length > 0) {
    throw lacks(user, `may not create the extensions ${list(forbidden)}.`);
  }
  if (live !== undefined) await requireEndable(sql, user, [live], "swap");
}

/** Refuses a user who may not give databases other names, before the sessions in them are ended. */
export async function requireMayRename(sql: Queryable, databases: readonly string[]) {
  const user = await ordinaryUser(sql);
  if (!user) return;
  if (!user.createdb) throw lacks(user, "may not rename databases: that takes CREATEDB.");
  await requireOwned(sql, user, databases, "rename");
  await requireEndable(sql, user, databases, "swap");
}

/** Refuses a user who may not drop databases with everybody's sessions in them. */
export async function requireMayDrop(sql: Queryable, databases: readonly string[]) {
  const user = await ordinaryUser(sql);
  if (!user) return;
  await requireOwned(sql, user, databases, "drop");
  await requireEndable(sql, user, databases, "drop");
}

/** What a user may who is no superuser. */
interface OrdinaryUser {
  readonly name: string;
  readonly createrole: boolean;
  readonly createdb: boolean;
}

/** Undefined for a superuser, who may do everything. */
async function ordinaryUser(sql: Queryable): Promise<OrdinaryUser | undefined> {
  const [user] = await sql<(OrdinaryUser & { superuser: boolean })[]>`
    select rolname as name, rolsuper as superuser, rolcreaterole as createrole,
      rolcreatedb as createdb from pg_roles where rolname = current_user`;
  return user?.superuser ? undefined : user;
}

function lacks({ name }: OrdinaryUser, what: string, hint = "Give oakum a superuser."): OakumError {
  return refused("missing-rights", `The user "${name}" ${what}`, { hint });
}

async function requireOwned(
  sql: Queryable,
  user: OrdinaryUser,
  databases: readonly string[],
  verb: "rename" | "drop",
): Promise<void> {
  const [foreign] = await sql<{ name: string }[]>`
    select datname as name from pg_database
    where datname = any(${[...databases]}::text[]) and not pg_has_role(datdba, 'USAGE')`;
  if (foreign) throw lacks(user, `does not own "${foreign.name}", so it may not ${verb} it.`);
}

async function requireEndable(
  sql: Queryable,
  user: OrdinaryUser,
  databases: readonly string[],
  what: "swap" | "drop",
): Promise<void> {
  for (const database of databases) {
    const sessions = await endlessSessions(sql, database);
    if (sessions.length === 0) continue;
    throw lacks(
      user,
      `may not end the sessions of ${list(sessions)} in "${database}", which the ${what} needs.`,
      "Give oakum a superuser, grant it pg_signal_backend, or stop what is connected.",
    );
  }
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
