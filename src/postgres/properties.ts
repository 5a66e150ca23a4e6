import { z } from "zod";
import type { DatabaseFacts } from "../backups/manifest.ts";
import type { Queryable } from "./connection.ts";

const grant = z.object({
  grantor: z.string(),
  /** Null is PUBLIC. */
  grantee: z.string().nullable(),
  privilege: z.enum(["CREATE", "CONNECT", "TEMPORARY"]),
  grantable: z.boolean(),
});

const properties = z.object({
  owner: z.string(),
  grants: z.array(grant),
  connectionLimit: z.number(),
  isTemplate: z.boolean(),
  comment: z.string().nullable(),
  settings: z.array(
    z.object({ role: z.string().nullable(), name: z.string(), value: z.string() }),
  ),
});

/** What belongs to a database rather than to its content, and is lost by a restore without `-C`. */
export type DatabaseProperties = z.infer<typeof properties>;
/** One right on the database. */
export type DatabaseGrant = z.infer<typeof grant>;

/**
 * Reads a database's properties from another one; undefined where there is no such database.
 * oakum's own marks are left out.
 */
export async function readProperties(
  sql: Queryable,
  name: string,
): Promise<DatabaseProperties | undefined> {
  const [row] = await sql`
    select pg_get_userbyid(d.datdba) as owner, d.datconnlimit as "connectionLimit",
      d.datistemplate as "isTemplate", shobj_description(d.oid, 'pg_database') as comment,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'grantor', pg_get_userbyid(x.grantor),
          'grantee', case when x.grantee <> 0 then pg_get_userbyid(x.grantee) end,
          'privilege', x.privilege_type, 'grantable', x.is_grantable)
          order by x.grantor, x.grantee, x.privilege_type), '[]')
        from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x) as grants,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'role', case when s.setrole <> 0 then pg_get_userbyid(s.setrole) end,
          'name', split_part(line, '=', 1), 'value', substr(line, strpos(line, '=') + 1))
          order by s.setrole, line), '[]')
        from pg_db_role_setting s, unnest(s.setconfig) line
        where s.setdatabase = d.oid and line not like 'oakum.%') as settings
    from pg_database d where d.datname = ${name}`;
  return row && properties.parse(row);
}

/** The same from a manifest, for a database that is gone; every role in it must exist. */
export async function propertiesOf(
  sql: Queryable,
  facts: DatabaseFacts,
): Promise<DatabaseProperties> {
  // The server reads its own notation; a null ACL is the default of the owner.
  const [row] = await sql`
    select coalesce(jsonb_agg(jsonb_build_object(
        'grantor', pg_get_userbyid(x.grantor),
        'grantee', case when x.grantee <> 0 then pg_get_userbyid(x.grantee) end,
        'privilege', x.privilege_type, 'grantable', x.is_grantable)), '[]') as grants
    from aclexplode(coalesce(${facts.acl}::text[]::aclitem[],
      acldefault('d', (select oid from pg_roles where rolname = ${facts.owner})))) x`;
  return properties.parse({
    ...row,
    owner: facts.owner,
    connectionLimit: facts.connectionLimit,
    isTemplate: false,
    comment: facts.comment,
    settings: settingsOf(facts),
  });
}

/** The database's settings, for all roles and for single ones, as a manifest has them. */
export function settingsOf(facts: DatabaseFacts): DatabaseProperties["settings"] {
  return facts.settings.flatMap(({ role, setting }) => {
    const at = setting.indexOf("=");
    const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
    return name.startsWith("oakum.") ? [] : [{ role, name, value }];
  });
}
