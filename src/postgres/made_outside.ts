import { z } from "zod";
import type { Queryable, Sql } from "./connection.ts";
import { execute } from "./statement.ts";

const schema = z.object({
  name: z.string(),
  owner: z.string(),
  /** Null is PUBLIC. */
  grants: z.array(z.object({
    grantee: z.string().nullable(),
    privilege: z.enum(["USAGE", "CREATE"]),
  })),
});
const extension = z.object({ name: z.string(), schema: z.string() });
const outside = z.object({ schemas: z.array(schema), extensions: z.array(extension) });

/** What init scripts make of a database before the first revision: schemas and extensions. */
export type MadeOutside = Readonly<z.infer<typeof outside>>;

/** Reads a database's schemas, with who may use them, and its extensions. */
export async function readMadeOutside(sql: Queryable): Promise<MadeOutside> {
  const [row] = await sql`
    select
      (select coalesce(jsonb_agg(jsonb_build_object('name', n.nspname,
          'owner', pg_get_userbyid(n.nspowner),
          'grants', (select coalesce(jsonb_agg(jsonb_build_object(
              'grantee', case when x.grantee <> 0 then pg_get_userbyid(x.grantee) end,
              'privilege', x.privilege_type)), '[]')
            from aclexplode(n.nspacl) x)) order by n.nspname), '[]')
        from pg_namespace n
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
          and not exists (select from pg_depend where classid = 'pg_namespace'::regclass
            and objid = n.oid and deptype = 'e')) as schemas,
      (select coalesce(jsonb_agg(jsonb_build_object('name', x.extname, 'schema', n.nspname)
          order by x.extname), '[]')
        from pg_extension x join pg_namespace n on n.oid = x.extnamespace) as extensions`;
  return outside.parse(row);
}

/** Makes a schema that is its owner's, for whoever may use it; one that is there only gets the rights. */
export async function makeSchema(
  sql: Sql,
  { name, owner, grants }: MadeOutside["schemas"][number],
): Promise<void> {
  await execute(sql, "create schema if not exists %I", name);
  await execute(sql, "alter schema %I owner to %I", name, owner);
  for (const { grantee, privilege } of grants) {
    if (grantee === null) await execute(sql, `grant ${privilege} on schema %I to public`, name);
    else await execute(sql, `grant ${privilege} on schema %I to %I`, name, grantee);
  }
}

/** Makes an extension in the schema that it is in elsewhere; what it needs, too. */
export async function makeExtension(
  sql: Sql,
  { name, schema }: MadeOutside["extensions"][number],
): Promise<void> {
  if (schema === "pg_catalog") {
    await execute(sql, "create extension if not exists %I cascade", name);
  } else await execute(sql, "create extension if not exists %I schema %I cascade", name, schema);
}
