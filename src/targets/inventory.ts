import { OakumError } from "../core/errors.ts";
import type { Queryable } from "../postgres/connection.ts";
import { listMarked, type Mark } from "../postgres/marks.ts";

/** A database of a server. */
export interface ServerDatabase {
  readonly name: string;
  readonly owner: string;
  /** The mark of one that oakum made or kept: taken by name only. */
  readonly mark: Mark | undefined;
}

/** A server, seen from inside. */
export interface Inventory {
  /** `170011`: version_num. */
  readonly version: number;
  readonly inRecovery: boolean;
  readonly databases: readonly ServerDatabase[];
  readonly user: UserRights;
}

/** The rights of the session's user that do not depend on a database. */
export interface UserRights {
  readonly name: string;
  readonly superuser: boolean;
  readonly createDatabase: boolean;
  readonly createRole: boolean;
  readonly readPasswords: boolean;
  readonly endSessions: boolean;
  /** Roles whose rights it has. */
  readonly roles: ReadonlySet<string>;
}

/** Reads a server's databases and what the session's user may do. */
export async function takeInventory(sql: Queryable): Promise<Inventory> {
  const [server] = await sql<{ version: number; recovery: boolean }[]>`
    select current_setting('server_version_num')::int as version, pg_is_in_recovery() as recovery`;
  if (!server) {
    throw new OakumError("server-silent", "failed", "The server did not say what it is.");
  }
  return {
    version: server.version,
    inRecovery: server.recovery,
    databases: await listDatabases(sql),
    user: await userRights(sql),
  };
}

async function listDatabases(sql: Queryable): Promise<ServerDatabase[]> {
  const marked = await listMarked(sql);
  const rows = await sql<{ name: string; owner: string }[]>`
    select datname as name, pg_get_userbyid(datdba) as owner from pg_database
    -- A limit of -2 marks what an interrupted DROP left; nobody can connect to it.
    where datallowconn and not datistemplate and datconnlimit <> -2
    order by datname`;
  return rows.map(({ name, owner }) => ({
    name,
    owner,
    mark: marked.find((one) => one.name === name)?.mark,
  }));
}

async function userRights(sql: Queryable): Promise<UserRights> {
  const [row] = await sql<
    (Omit<UserRights, "roles"> & { roles: string[] })[]
  >`
    select rolname as name, rolsuper as superuser, rolcreatedb as "createDatabase",
      rolcreaterole as "createRole", has_table_privilege('pg_catalog.pg_authid', 'SELECT') as "readPasswords",
      pg_has_role('pg_signal_backend', 'USAGE') as "endSessions",
      array(select r.rolname::text from pg_roles r where pg_has_role(r.oid, 'USAGE')) as roles
    from pg_roles where rolname = current_user`;
  if (!row) throw new OakumError("server-silent", "failed", "The server did not say who we are.");
  return { ...row, roles: new Set(row.roles) };
}
