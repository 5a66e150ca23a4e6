import type { Sql } from "../../postgres/connection.ts";
import { inTemplate } from "../../postgres/maintenance.ts";
import type { Sandbox } from "../../postgres/sandbox.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { execute } from "../../postgres/statement.ts";
import type { Reached } from "../migrate/standing.ts";

interface Tablespace {
  readonly name: string;
  readonly owner: string;
  /** Who may make something in it; empty for everybody. */
  readonly grantees: readonly string[];
}

/**
 * Makes the real server's tablespaces in a sandbox, empty, with their owners and rights: a revision
 * may use any of them, and must meet the same refusals.
 */
export async function copyTablespaces(
  real: Reached,
  { sandbox, session }: { readonly sandbox: Sandbox; readonly session: ServerSession },
  signal: AbortSignal,
): Promise<void> {
  const tablespaces = await tablespacesOf(real);
  if (tablespaces.length === 0) return;
  await inTemplate(session, async (sql) => {
    const rows = await sql<{ name: string }[]>`select rolname as name from pg_roles`;
    const roles = new Set(rows.map(({ name }) => name));
    for (const [at, tablespace] of tablespaces.entries()) {
      const folder = await sandbox.makeFolder(`real_tablespace_${at}`, signal);
      await createTablespace(sql, tablespace, folder, roles);
    }
  });
}

async function createTablespace(
  sql: Sql,
  { name, owner, grantees }: Tablespace,
  folder: string,
  roles: ReadonlySet<string>,
): Promise<void> {
  await execute(sql, "create tablespace %I location %L", name, folder);
  if (roles.has(owner)) await execute(sql, "alter tablespace %I owner to %I", name, owner);
  for (const grantee of grantees) {
    if (grantee === "") await execute(sql, "grant create on tablespace %I to public", name);
    else if (roles.has(grantee)) {
      await execute(sql, "grant create on tablespace %I to %I", name, grantee);
    }
  }
}

async function tablespacesOf({ session, database }: Reached): Promise<Tablespace[]> {
  const sql = session.sql(database.name, { max: 1 });
  try {
    return await sql<Tablespace[]>`
      select spcname as name, pg_get_userbyid(spcowner) as owner, array(
        select coalesce(rolname, '') from aclexplode(spcacl)
        left join pg_roles on pg_roles.oid = grantee where privilege_type = 'CREATE'
      )::text[] as grantees
      from pg_tablespace where spcname not in ('pg_default', 'pg_global') order by 1`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
