import { createDatabase, type DatabaseShape } from "./fresh.ts";
import type { ServerSession } from "./session.ts";

/** The database that a script without one of its own is loaded into. */
export const SCRATCH = "oakum_foreign";

/**
 * Makes the databases of a sandbox that a script may load into be of one shape: its own, and those
 * that are there on every server, or are made without a word on their encoding and locale.
 */
export async function prepareDatabases(
  session: ServerSession,
  shape: DatabaseShape,
): Promise<void> {
  const first = session.sql("postgres", { max: 1 });
  await createDatabase(first, SCRATCH, shape);
  await first.end({ timeout: 5 });
  const sql = session.sql(SCRATCH, { max: 1 });
  await sql`alter database template1 is_template false`;
  await sql`drop database template1 with (force)`;
  await sql`drop database postgres with (force)`;
  for (const name of ["template1", "postgres"]) await createDatabase(sql, name, shape);
  await sql`alter database template1 is_template true`;
  await sql.end({ timeout: 5 });
}

/** A database that a script built, with how many tables of its own it has. */
export interface BuiltDatabase {
  readonly name: string;
  readonly tables: number;
}

/** Every database of the sandbox that has tables. */
export async function builtDatabases(session: ServerSession): Promise<BuiltDatabase[]> {
  const sql = session.sql("postgres", { max: 1 });
  const rows = await sql<{ datname: string }[]>`
    select datname from pg_database where not datistemplate and datallowconn order by datname`;
  const built: BuiltDatabase[] = [];
  for (const { datname } of rows) {
    const inside = session.sql(datname, { max: 1 });
    const [row] = await inside<{ tables: number }[]>`
      select count(*)::int as tables from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')`;
    await inside.end({ timeout: 5 });
    if (row && row.tables > 0) built.push({ name: datname, tables: row.tables });
  }
  return built;
}
