import type { Manifest } from "../../backups/manifest.ts";
import { OakumError } from "../../core/errors.ts";
import type { Sql } from "../../postgres/connection.ts";
import type { ServerSession } from "../../postgres/session.ts";

/** The oldest PostgreSQL whose catalogues oakum reads. */
export const OLDEST_SERVER = 140_000;

/** What the server and its pg_dump are. */
export type ServerFacts = Manifest["server"] & { readonly superuser: boolean };

/** Asks the server what it is, and refuses what cannot be backed up or restored properly. */
export async function readServerFacts(session: ServerSession, sql: Sql): Promise<ServerFacts> {
  const [row] = await sql<
    { version: string; num: number; superuser: boolean; identify: boolean }[]
  >`
    select current_setting('server_version') as version,
      current_setting('server_version_num')::int as num,
      (select rolsuper from pg_roles where rolname = current_user) as superuser,
      has_function_privilege('pg_control_system()', 'execute') as identify`;
  if (!row || row.num < OLDEST_SERVER) {
    throw new OakumError(
      "server-too-old",
      "refused",
      `The server is PostgreSQL ${row?.version}; oakum works with 14 and newer.`,
      {
        hint:
          "PostgreSQL 13 and older get no more fixes: https://www.postgresql.org/support/versioning",
      },
    );
  }
  const { container } = session.server;
  return {
    version: row.version,
    versionNum: row.num,
    pgDump: requirePgDump(session),
    image: container.Config.Image,
    imageId: container.Image,
    systemIdentifier: row.identify ? await readIdentifier(sql) : null,
    superuser: row.superuser,
  };
}

async function readIdentifier(sql: Sql): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select system_identifier::text as id from pg_control_system()`;
  return row?.id ?? null;
}

function requirePgDump({ facts, server }: ServerSession): string {
  if (facts.pgDump !== undefined) return facts.pgDump;
  throw new OakumError(
    "no-pg-dump",
    "refused",
    `The image "${server.container.Config.Image}" has no working pg_dump.`,
    { hint: "Use an image that has PostgreSQL's client programs, such as postgres:17." },
  );
}
