import { Buffer } from "node:buffer";
import type { Sql } from "./connection.ts";
import { createDatabase, createStatement, type DatabaseShape } from "./fresh.ts";
import type { CopiedRows } from "./script/carry.ts";
import type { CreatedDatabase } from "./script/created.ts";
import type { ServerSession } from "./session.ts";
import { execute, statement } from "./statement.ts";

/** The database that a script which makes its own is begun in. */
export const SCRATCH = "oakum_foreign";
const PROBE = "oakum_probe";

/** What a script makes and expects of databases. */
export interface WantedDatabases {
  readonly created: readonly CreatedDatabase[];
  /** Those that must be there before it. */
  readonly expected: readonly string[];
}

/** How the databases of a sandbox were prepared for a script. */
export interface PreparedDatabases {
  /** The encodings of those that are there or will be, by name. */
  readonly encodings: ReadonlyMap<string, string>;
  /** What is run in place of the script's `CREATE DATABASE`, by name, in Latin-1 as it lies in the script. */
  readonly databases: ReadonlyMap<string, string>;
  /** Databases that are made otherwise than the script says, since this image cannot do as it says. */
  readonly reshaped: readonly { readonly name: string; readonly wanted: string }[];
}

/**
 * Makes the databases of a sandbox that a script may load into be of one shape: those that it
 * expects, and those that are there on every server, or are made without a word on their encoding
 * and locale. One whose locale this image lacks is made in that shape as well.
 */
export async function prepareDatabases(
  session: ServerSession,
  shape: DatabaseShape,
  { created, expected }: WantedDatabases,
): Promise<PreparedDatabases> {
  const first = session.sql("postgres", { max: 1 });
  await createDatabase(first, SCRATCH, shape);
  await first.end({ timeout: 5 });
  const sql = session.sql(SCRATCH, { max: 1 });
  await sql`alter database template1 is_template false`;
  await sql`drop database template1 with (force)`;
  await sql`drop database postgres with (force)`;
  const named = new Set(["template1", "postgres", ...expected]);
  for (const name of named) if (name !== "template0") await createDatabase(sql, name, shape);
  await sql`alter database template1 is_template true`;
  const planned = await plannedOf(sql, shape, created);
  await sql.end({ timeout: 5 });
  const encodings = new Map([...named, SCRATCH].map((name) => [name, shape.encoding]));
  for (const { name, encoding } of planned) encodings.set(name, encoding);
  return {
    encodings,
    databases: new Map(planned.map(({ name, create }) => [name, latin1(create)])),
    reshaped: planned.flatMap(({ name, reshaped }) => reshaped ? [{ name, wanted: reshaped }] : []),
  };
}

interface Planned {
  readonly name: string;
  readonly encoding: string;
  readonly create: string;
  /** The locale that it should have had. */
  readonly reshaped: string | undefined;
}

async function plannedOf(
  sql: Sql,
  shape: DatabaseShape,
  created: readonly CreatedDatabase[],
): Promise<Planned[]> {
  const known = new Map<string, boolean>();
  const planned: Planned[] = [];
  for (const database of created) {
    const asked = JSON.stringify([database.encoding, ...database.locale]);
    if (!known.has(asked)) known.set(asked, await canBeMade(sql, database));
    planned.push(await plan(sql, shape, database, known.get(asked)!));
  }
  return planned;
}

/** Whether this image can make a database of that encoding and locale. */
async function canBeMade(sql: Sql, database: CreatedDatabase): Promise<boolean> {
  if (database.locale.size === 0) return false;
  try {
    await sql.unsafe(await asAsked(sql, PROBE, database));
  } catch {
    return false;
  }
  await execute(sql, "drop database %I", PROBE);
  return true;
}

async function plan(
  sql: Sql,
  shape: DatabaseShape,
  database: CreatedDatabase,
  asWritten: boolean,
): Promise<Planned> {
  const { name, owner, connectionLimit } = database;
  const create = asWritten
    ? await asAsked(sql, name, database)
    : await createStatement(sql, name, shape);
  const owned = owner === undefined ? "" : await statement(sql, " owner %I", owner);
  const limit = /^-?\d+$/.test(connectionLimit ?? "") ? ` connection limit ${connectionLimit}` : "";
  const locales = [...database.locale].filter(([key]) => key !== "LOCALE_PROVIDER");
  const wanted = [...new Set(locales.map(([, value]) => value))].join(", ");
  return {
    name,
    encoding: asWritten ? (database.encoding ?? shape.encoding).toUpperCase() : shape.encoding,
    create: `${create}${owned}${limit};`,
    reshaped: asWritten || wanted === "" ? undefined : wanted,
  };
}

async function asAsked(sql: Sql, name: string, database: CreatedDatabase): Promise<string> {
  // The provider is the default's, and an option only since 15.
  const options = [...database.locale].filter(([key, value]) =>
    key !== "LOCALE_PROVIDER" || value !== "libc"
  );
  if (database.encoding !== undefined) options.unshift(["ENCODING", database.encoding]);
  const words = options.map(([key]) => `${key.toLowerCase()} %L`);
  const text = ["create database %I template template0", ...words].join(" ");
  return await statement(sql, text, name, ...options.map(([, value]) => value));
}

/** A statement as its bytes lie in the script. */
function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** A database that a script built, with what it has of its own. */
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

/** How many rows all tables of a database have together. */
export async function countRows(session: ServerSession, database: string): Promise<number> {
  const sql = session.sql(database, { max: 1 });
  const tables = await sql<{ schema: string; name: string }[]>`
    select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')`;
  let rows = 0;
  for (const { schema, name } of tables) rows += await rowsOf(sql, [schema, name], "only ");
  await sql.end({ timeout: 5 });
  return rows;
}

/** How many rows a table has, whose name is given in parts. */
async function rowsOf(sql: Sql, table: readonly string[], only: "" | "only "): Promise<number> {
  const name = table.map(() => "%I").join(".");
  const text = await statement(sql, `select count(*)::text as rows from ${only}${name}`, ...table);
  const [row] = await sql.unsafe<{ rows: string }[]>(text);
  return Number(row?.rows ?? 0);
}

/** A table that has fewer rows than a script copied into it. */
export interface ShortTable {
  readonly table: string;
  readonly copied: number;
  readonly rows: number;
}

/** The tables of a database that took fewer rows than were copied: a rule or trigger swallowed them. */
export async function shortTables(
  session: ServerSession,
  database: string,
  copied: readonly CopiedRows[],
): Promise<ShortTable[]> {
  const sql = session.sql(database, { max: 1 });
  const short: ShortTable[] = [];
  for (const { table, rows: wanted } of copied.filter((one) => one.database === database)) {
    const [name = "", schema = null] = table.toReversed();
    // A script may name a table without its schema: then it is the only one of that name, or unknown.
    const [found, other] = await sql<{ schema: string; kind: string }[]>`
      select n.nspname as schema, c.relkind::text as kind
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and c.relname = ${name}
        and n.nspname = coalesce(${schema}::text, n.nspname)`;
    if (!found || other) continue;
    const rows = await rowsOf(sql, [found.schema, name], found.kind === "r" ? "only " : "");
    if (rows < wanted) short.push({ table: table.join("."), copied: wanted, rows });
  }
  await sql.end({ timeout: 5 });
  return short;
}
