import { z } from "zod";
import type {
  DatabaseFacts,
  MigrationState,
  SequenceValue,
  TableRows,
} from "../backups/manifest.ts";
import type { Queryable } from "./connection.ts";
import { lettingGo } from "./held.ts";
import { quoteQualified } from "./identifier.ts";

const databaseRow = z.object({
  database: z.object({
    datname: z.string(),
    datcollate: z.string(),
    datctype: z.string(),
    datlocprovider: z.string().default("c"), // from PostgreSQL 15
    daticulocale: z.string().nullish(), // 15 and 16
    datlocale: z.string().nullish(), // from 17
    daticurules: z.string().nullish(), // from 16
    datcollversion: z.string().nullish(), // from 15
    datconnlimit: z.number(),
    datacl: z.array(z.string()).nullable(),
  }),
  bytes: z.coerce.number(),
  owner: z.string(),
  encoding: z.string(),
  comment: z.string().nullable(),
  tablespace: z.string(),
  settings: z.array(z.object({ role: z.string().nullable(), setting: z.string() })),
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })),
  roles: z.array(z.string()),
  tablespaces: z.array(z.string()),
});

/** What `pg_database` and its satellites say of the database that the connection is in. */
export async function readDatabaseFacts(sql: Queryable): Promise<DatabaseFacts> {
  const [row] = await sql`
    select to_jsonb(d) as database,
      pg_database_size(d.oid) as bytes,
      pg_get_userbyid(d.datdba) as owner,
      pg_encoding_to_char(d.encoding) as encoding,
      shobj_description(d.oid, 'pg_database') as comment,
      (select spcname from pg_tablespace t where t.oid = d.dattablespace) as tablespace,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'role', case when s.setrole = 0 then null else pg_get_userbyid(s.setrole) end,
          'setting', setting) order by s.setrole, setting), '[]')
        from pg_db_role_setting s, unnest(s.setconfig) setting
        where s.setdatabase = d.oid) as settings,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'name', x.extname, 'version', x.extversion, 'schema', n.nspname) order by x.extname), '[]')
        from pg_extension x join pg_namespace n on n.oid = x.extnamespace) as extensions,
      array(select rolname::text from pg_roles where rolname !~ '^pg_' and (oid = d.datdba
        or oid in (select refobjid from pg_shdepend
          where refclassid = 'pg_authid'::regclass and (dbid = d.oid
            or (dbid, classid, objid) = (0, 'pg_database'::regclass, d.oid)))
        or oid in (select setrole from pg_db_role_setting where setdatabase = d.oid)
        -- The superuser that initdb made is in no dependency.
        or oid = 10 and (exists (select from pg_class c where c.oid >= 16384 and relowner = 10)
          or exists (select from pg_namespace n where n.oid >= 16384 and nspowner = 10)
          or exists (select from pg_proc p where p.oid >= 16384 and proowner = 10)
          or exists (select from pg_type t where t.oid >= 16384 and typowner = 10)))
        order by 1) as roles,
      array(select spcname::text from pg_tablespace t where t.oid = d.dattablespace
        or t.oid in (select reltablespace from pg_class where reltablespace <> 0
          and not relisshared) order by 1) as tablespaces
    from pg_database d where d.datname = current_database()`;
  const { database: d, ...rest } = databaseRow.parse(row);
  return {
    ...rest,
    acl: d.datacl,
    collate: d.datcollate,
    ctype: d.datctype,
    localeProvider: d.datlocprovider,
    locale: d.datlocale ?? d.daticulocale ?? null,
    icuRules: d.daticurules ?? null,
    collationVersion: d.datcollversion ?? null,
    connectionLimit: d.datconnlimit,
  };
}

/** A table that a dump holds rows of. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** Ordinary tables and leaf partitions outside extensions, of all schemas but the system's. */
export function listTables(sql: Queryable): Promise<TableName[]> {
  return listRelations(sql, ["r"]);
}

/** The same and the partitioned tables above them: what pg_dump locks. */
export function listLockable(sql: Queryable): Promise<TableName[]> {
  return listRelations(sql, ["p", "r"]);
}

async function listRelations(sql: Queryable, kinds: string[]): Promise<TableName[]> {
  const rows = await sql<{ schema: string; name: string }[]>`
    select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind::text = any(${kinds}::text[]) and c.relpersistence <> 't'
      and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
      and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass
        and e.objid = c.oid and e.deptype = 'e')
    order by n.nspname collate "C", c.relname collate "C"`;
  return rows.map(({ schema, name }) => ({ schema, name }));
}

const TABLES_A_SAVEPOINT = 20;

/** Rows of each table as the transaction sees them; `onTable` hears of each one before its count. */
export async function countRows(
  transaction: Queryable,
  tables: readonly TableName[],
  onTable: (table: TableName, done: number) => void = () => {},
): Promise<TableRows[]> {
  const counted: TableRows[] = [];
  for (let at = 0; at < tables.length; at += TABLES_A_SAVEPOINT) {
    await lettingGo(transaction, async () => {
      for (const table of tables.slice(at, at + TABLES_A_SAVEPOINT)) {
        onTable(table, counted.length);
        counted.push(await countTable(transaction, table));
      }
    });
  }
  return counted;
}

async function countTable(sql: Queryable, table: TableName): Promise<TableRows> {
  const from = quoteQualified(table.schema, table.name);
  const [row] = await sql.unsafe<{ rows: string }[]>(`select count(*) as rows from only ${from}`);
  return { ...table, rows: Number(row?.rows ?? 0) };
}

/** Where each sequence outside extensions stands; sequences do not obey snapshots. */
export async function readSequences(sql: Queryable): Promise<SequenceValue[]> {
  const rows = await sql<{ schema: string; name: string; last: string | null }[]>`
    select n.nspname as schema, c.relname as name, pg_sequence_last_value(c.oid)::text as last
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and c.relpersistence <> 't'
      and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
      and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass
        and e.objid = c.oid and e.deptype = 'e')
    order by n.nspname collate "C", c.relname collate "C"`;
  return rows.map(({ schema, name, last }) => ({ schema, name, last }));
}

/** How many large objects the database has. */
export async function countLargeObjects(sql: Queryable): Promise<number> {
  const [row] = await sql<{ n: string }[]>`select count(*) as n from pg_largeobject_metadata`;
  return Number(row?.n ?? 0);
}

/**
 * Alembic's state, read without Alembic: its version table is the one with a `version_num`. A table
 * under Alembic's own name comes before one with a name of the project's choosing.
 */
export async function readMigrationState(sql: Queryable): Promise<MigrationState | null> {
  const [table] = await sql<{ schema: string; name: string }[]>`
    select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')
      and (select array_agg(a.attname::text) from pg_attribute a
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) = '{version_num}'
    order by c.relname <> 'alembic_version', n.nspname <> 'public', n.nspname, c.relname limit 1`;
  if (!table) return null;
  const from = quoteQualified(table.schema, table.name);
  const rows = await sql.unsafe<{ version_num: string }[]>(
    `select version_num from ${from} order by 1`,
  );
  return {
    tool: "alembic",
    table: { schema: table.schema, name: table.name },
    revisions: rows.map((row) => row.version_num),
  };
}

/** Whether the database has tables that are neither an extension's nor Alembic's version table. */
export async function hasTables(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ any: boolean }[]>`
    select exists (
      select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and not exists (select from pg_depend where classid = 'pg_class'::regclass
          and objid = c.oid and deptype = 'e')
        and (select array_agg(a.attname::text) from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
          is distinct from '{version_num}') as any`;
  return row?.any ?? false;
}

/** How large the database of this connection is on the disk, in bytes. */
export async function databaseBytes(sql: Queryable): Promise<number> {
  const [row] = await sql<{ bytes: string }[]>`
    select pg_database_size(current_database())::text as bytes`;
  return Number(row?.bytes ?? 0);
}
