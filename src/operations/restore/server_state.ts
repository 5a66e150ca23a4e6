import type { Manifest } from "../../backups/manifest.ts";
import { OakumError } from "../../core/errors.ts";
import type { Queryable } from "../../postgres/connection.ts";

/** The server that a restore is to happen on. */
export interface ServerState {
  readonly versionNum: number;
  readonly user: string;
  readonly superuser: boolean;
}

/** Refuses servers and users that a restore cannot succeed on, before anything is done. */
export async function requireServer(sql: Queryable, manifest: Manifest): Promise<ServerState> {
  const [row] = await sql<
    (ServerState & { version: string; createdb: boolean; inRecovery: boolean })[]
  >`
    select current_setting('server_version_num')::int as "versionNum",
      current_setting('server_version') as version, current_user as user,
      rolsuper as superuser, rolcreatedb as createdb, pg_is_in_recovery() as "inRecovery"
    from pg_roles where rolname = current_user`;
  if (!row) throw new TypeError("the server does not know the current user");
  const { versionNum, user, superuser } = row;
  if (row.inRecovery) {
    throw refused("in-recovery", "The server is a standby or in recovery: it takes no writes.", {
      hint: "Restore on the primary server.",
    });
  }
  if (major(versionNum) < major(manifest.server.versionNum)) {
    throw refused(
      "older-major",
      `The backup is of PostgreSQL ${manifest.server.version}, the server is ${row.version}: a ` +
        "dump does not go back to an older major version.",
      { hint: "Restore it on a server of the same major version or a newer one." },
    );
  }
  if (!superuser && !row.createdb) {
    throw refused("no-createdb", `The user "${user}" may not create databases.`, {
      hint: "Give oakum a superuser, or let one run: ALTER ROLE … CREATEDB",
    });
  }
  return { versionNum, user, superuser };
}

function major(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}

/** An error before anything was changed. */
export function refused(
  code: string,
  message: string,
  detail: { hint?: string; data?: Record<string, unknown>; cause?: unknown } = {},
): OakumError {
  return new OakumError(code, "refused", message, detail);
}
