import type { DatabaseFacts } from "../../backups/manifest.ts";
import type { Sql } from "../../postgres/connection.ts";
import { isCarried } from "../../postgres/copied_settings.ts";
import { dumpGlobals } from "../../postgres/dump.ts";
import { readDatabaseFacts } from "../../postgres/facts.ts";
import { runForeignScript } from "../../postgres/foreign.ts";
import { createDatabase } from "../../postgres/fresh.ts";
import { inTemplate } from "../../postgres/maintenance.ts";
import { type DatabaseProperties, propertiesOf } from "../../postgres/properties.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { execute } from "../../postgres/statement.ts";
import type { DatabaseTarget } from "../../targets/target.ts";
import type { Context } from "../context.ts";
import type { Reached } from "../migrate/standing.ts";
import {
  createBackupRoles,
  loadBackup,
  type OpenSandbox,
  type SeenBackup,
} from "../sandbox/load_backup.ts";

/** What a copy is filled with; an empty one has the real database's shape, roles and settings. */
export type CopySource = { readonly kind: "backup"; readonly backup: SeenBackup } | {
  readonly kind: "empty";
};

/** What is known of a source before anything of it is loaded. */
export interface Filling {
  readonly facts: DatabaseFacts;
  /** Bytes of its dump, which goes into the sandbox too. */
  readonly dump: number;
  /** Makes the roles that it needs. */
  roles(context: Context, session: ServerSession, signal: AbortSignal): Promise<void>;
  /** Makes the database and fills it. */
  load(context: Context, open: OpenSandbox, name: string, signal: AbortSignal): Promise<void>;
}

/** Reads what filling a copy takes. */
export async function fillingOf(source: CopySource, real: Reached): Promise<Filling> {
  if (source.kind === "backup") return backupFilling(source.backup);
  return await emptyFilling(real);
}

function backupFilling(backup: SeenBackup): Filling {
  const { database, dump } = backup.manifest;
  return {
    facts: database,
    dump: dump.bytes,
    roles: (context, session, signal) => createBackupRoles(context, session, backup, signal),
    load: (context, open, name, signal) => loadBackup(context, open, backup, name, signal),
  };
}

async function emptyFilling({ session, database }: Reached): Promise<Filling> {
  const sql = session.sql(database.name, { max: 1 });
  const facts = await readDatabaseFacts(sql).finally(() => sql.end({ timeout: 5 }));
  return {
    // However big the real one is, none of its data is copied.
    facts: { ...facts, bytes: 0 },
    dump: 0,
    roles: (_context, sandbox, signal) => copyRoles({ session, database }, sandbox, facts, signal),
    load: (_context, { session }, name) =>
      inTemplate(
        session,
        (sql) => createDatabase(sql, name, { ...facts, tablespace: "pg_default" }),
      ),
  };
}

/** The real server's roles, straight from it. */
async function copyRoles(
  { session, database }: Reached,
  sandbox: ServerSession,
  { encoding }: DatabaseFacts,
  signal: AbortSignal,
): Promise<void> {
  const parts: Uint8Array[] = [];
  const what = { database: database.name, encoding, withPasswords: database.rights.readPasswords };
  const keep = (data: Uint8Array) => {
    parts.push(data.slice());
    return Promise.resolve();
  };
  await dumpGlobals(session, what, keep, signal);
  const script = ReadableStream.from(parts);
  await runForeignScript(sandbox, script, { database: "postgres", signal });
}

/** Roles that no script made, since its reader had too few rights: they can do nothing but log in. */
export async function createMissingRoles(
  sql: Sql,
  { roles, owner }: DatabaseFacts,
  { rights }: DatabaseTarget,
): Promise<void> {
  const wanted = [...new Set([...roles, owner, rights.user])];
  const missing = await sql<{ name: string }[]>`
    select name from unnest(${wanted}::text[]) name
    where name not in (select rolname from pg_roles) and name !~ '^pg_'`;
  for (const { name } of missing) await execute(sql, "create role %I login", name);
}

/** What the copy is given of the real database's own properties: nothing that reaches outside. */
export async function copyProperties(
  sql: Sql,
  facts: DatabaseFacts,
): Promise<DatabaseProperties> {
  const properties = await propertiesOf(sql, facts);
  return { ...properties, settings: properties.settings.filter(({ name }) => isCarried(name)) };
}
