import { OakumError } from "../core/errors.ts";
import type { Queryable } from "../postgres/connection.ts";

/** A database of a server. */
export interface ServerDatabase {
  readonly name: string;
  readonly owner: string;
  /** What oakum wrote on a database that it made (`oakum.run` and its like); undefined on others. */
  readonly madeByOakum: MadeByOakum | undefined;
}

/** A database that oakum made and has not handed over or dropped. */
export interface MadeByOakum {
  readonly run: string;
  /** All settings of it whose name begins with `oakum.`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly bytes: number | undefined;
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
  const rows = await sql<
    { name: string; owner: string; settings: string[] | null; bytes: string | null }[]
  >`
    select d.datname as name, pg_get_userbyid(d.datdba) as owner, s.setconfig as settings,
      case when s.setconfig::text like '%oakum.run=%'
          and (has_database_privilege(d.oid, 'CONNECT') or pg_has_role('pg_read_all_stats', 'USAGE'))
        then pg_database_size(d.oid) end as bytes
    from pg_database d
    left join pg_db_role_setting s on s.setdatabase = d.oid and s.setrole = 0
    -- A limit of -2 marks what an interrupted DROP left; nobody can connect to it.
    where d.datallowconn and not d.datistemplate and d.datconnlimit <> -2
    order by d.datname`;
  return rows.map(({ name, owner, settings, bytes }) => ({
    name,
    owner,
    madeByOakum: madeByOakum(settings ?? [], bytes),
  }));
}

function madeByOakum(settings: readonly string[], bytes: string | null): MadeByOakum | undefined {
  const own = settings.filter((line) => line.startsWith("oakum.")).map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)] as const;
  });
  const run = own.find(([name]) => name === "oakum.run")?.[1];
  if (!run) return undefined;
  return {
    run,
    settings: Object.fromEntries(own),
    bytes: bytes === null ? undefined : Number(bytes),
  };
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
