import postgres from "postgres";
import { z } from "zod";
import type { Queryable, Sql } from "./connection.ts";
import { execute } from "./statement.ts";

const role = z.object({
  oid: z.string(),
  name: z.string(),
  /** Words that CREATE ROLE knows, such as `LOGIN` and `NOSUPERUSER`. */
  options: z.array(z.enum(
    ["SUPERUSER", "INHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS"]
      .flatMap((word) => [word, `NO${word}`]),
  )),
  limit: z.number(),
  /** As the server keeps it, which is a hash. */
  password: z.string().nullable(),
});

const membership = z.object({ group: z.string(), member: z.string(), admin: z.boolean() });

const roles = z.object({ roles: z.array(role), memberships: z.array(membership) });

/** The roles of a server: they belong to no database, and do not go back with one. */
export type ClusterRoles = Readonly<z.infer<typeof roles>>;
type Role = ClusterRoles["roles"][number];

/** Reads the roles and who is a member of which; only a superuser may. */
export async function readClusterRoles(sql: Queryable): Promise<ClusterRoles> {
  const [row] = await sql`
    select
      (select coalesce(jsonb_agg(jsonb_build_object('oid', oid::text, 'name', rolname,
          'options', array[
            case when rolsuper then '' else 'NO' end || 'SUPERUSER',
            case when rolinherit then '' else 'NO' end || 'INHERIT',
            case when rolcreaterole then '' else 'NO' end || 'CREATEROLE',
            case when rolcreatedb then '' else 'NO' end || 'CREATEDB',
            case when rolcanlogin then '' else 'NO' end || 'LOGIN',
            case when rolreplication then '' else 'NO' end || 'REPLICATION',
            case when rolbypassrls then '' else 'NO' end || 'BYPASSRLS'],
          'limit', rolconnlimit, 'password', rolpassword) order by rolname), '[]')
        from pg_authid where rolname !~ '^pg_') as roles,
      (select coalesce(jsonb_agg(distinct jsonb_build_object('group', pg_get_userbyid(roleid),
          'member', pg_get_userbyid(member), 'admin', admin_option)), '[]')
        from pg_auth_members where member >= 16384 or roleid >= 16384) as memberships`;
  return roles.parse(row);
}

/** Names of the roles that were not there. */
export function newRoles(was: ClusterRoles, now: ClusterRoles): string[] {
  const known = new Set(was.roles.map(({ oid }) => oid));
  return now.roles.filter(({ oid }) => !known.has(oid)).map(({ name }) => name);
}

/** The same without one that is not to come back. */
export function withoutRole({ roles, memberships }: ClusterRoles, gone: string): ClusterRoles {
  return {
    roles: roles.filter(({ name }) => name !== gone),
    memberships: memberships.filter(({ group, member }) => group !== gone && member !== gone),
  };
}

/**
 * Makes the roles what they were, as far as the server lets it: one that owns something in another
 * database stays.
 */
export async function putRolesBack(sql: Sql, was: ClusterRoles): Promise<void> {
  const now = await readClusterRoles(sql);
  for (const name of newRoles(was, now)) await dropRole(sql, name);
  const byOid = new Map(now.roles.map((one) => [one.oid, one]));
  for (const one of was.roles) await putBack(sql, one, byOid.get(one.oid));
  await putMembershipsBack(sql, was);
}

/** "dependent_objects_still_exist". */
const STILL_NEEDED = "2BP01";

async function dropRole(sql: Sql, name: string): Promise<void> {
  // Rights on databases and settings, too, which would keep it.
  await execute(sql, "drop owned by %I", name);
  try {
    await execute(sql, "drop role %I", name);
  } catch (error) {
    if (!(error instanceof postgres.PostgresError && error.code === STILL_NEEDED)) throw error;
  }
}

async function putBack(sql: Sql, was: Role, now: Role | undefined): Promise<void> {
  const { name, options, limit, password } = was;
  if (now && JSON.stringify(now) === JSON.stringify(was)) return;
  if (!now) await execute(sql, "create role %I", name);
  else if (now.name !== name) await execute(sql, "alter role %I rename to %I", now.name, name);
  const words = `${options.join(" ")} connection limit %s`;
  await execute(sql, `alter role %I with ${words}`, name, String(limit));
  if (password === null) await execute(sql, "alter role %I password null", name);
  else await execute(sql, "alter role %I password %L", name, password);
}

async function putMembershipsBack(sql: Sql, was: ClusterRoles): Promise<void> {
  const now = await readClusterRoles(sql);
  const names = new Set(now.roles.map(({ name }) => name));
  const [had, have] = [keys(was), keys(now)];
  for (const [key, { group, member }] of have) {
    if (!had.has(key)) await execute(sql, "revoke %I from %I", group, member);
  }
  for (const [key, { group, member, admin }] of had) {
    if (have.has(key) || !names.has(member)) continue;
    const option = admin ? " with admin option" : "";
    await execute(sql, `grant %I to %I${option}`, group, member);
  }
}

function keys({ memberships }: ClusterRoles): Map<string, ClusterRoles["memberships"][number]> {
  return new Map(
    memberships.map((one) => [JSON.stringify([one.group, one.member, one.admin]), one]),
  );
}
