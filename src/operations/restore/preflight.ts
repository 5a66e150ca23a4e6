import { bytesToCheck, checkBackup } from "../../backups/check.ts";
import { lookup } from "../../backups/files.ts";
import { dumpPath } from "../../backups/list.ts";
import type { Manifest } from "../../backups/manifest.ts";
import { both } from "../../core/both.ts";
import { OakumError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell.ts";
import type { Queryable } from "../../postgres/connection.ts";
import { readMigrationState } from "../../postgres/facts.ts";
import { freshName } from "../../postgres/database_name.ts";
import { inMaintenance } from "../../postgres/maintenance.ts";
import { MountedDump } from "../../postgres/mounted_dump.ts";
import { requireRestrict } from "../../postgres/restrict.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { ServerFolders } from "../../postgres/space.ts";
import type { RestorePlan } from "../../reports/restore.ts";
import type { Context } from "../context.ts";
import { findBound, judged, requireNoPrepared } from "./findings.ts";
import { whatIsLost } from "./losing.ts";
import { judgeOrigin } from "./origin.ts";
import { finalName, type RestoreRequest } from "./request.ts";
import { findRoles, leftOutWarnings, type RolesNeeded } from "./roles.ts";
import { requireRights } from "./rights.ts";
import { findRoom } from "./room.ts";
import { findUntested } from "./untested.ts";
import { loadingName } from "./loading_name.ts";
import { refused, requireServer } from "./server_state.ts";

/** What is known before anything is done. */
export interface Preflight {
  readonly plan: RestorePlan;
  readonly roles: RolesNeeded;
  /** The tablespace that the new database is made in. */
  readonly tablespace: string;
  /** What is watched during the load; undefined where it cannot be. */
  readonly folders: ServerFolders | undefined;
  /** Why it is loaded with the rights of an ordinary owner; undefined where it is not. */
  readonly limited: string | undefined;
}

/** A preflight, and what the load will read: the caller disposes of it. */
export interface PreparedLoad extends Preflight {
  /** The dump where it lies; undefined where it has to be sent. */
  readonly mounted: MountedDump | undefined;
}

/** Looks at everything that could stop a restore half-way, and refuses while nothing is changed. */
export async function preflight(
  context: Context,
  session: ServerSession,
  request: RestoreRequest,
): Promise<PreparedLoad> {
  const { backup } = request;
  const dump = { ...backup.manifest.dump, path: dumpPath(backup) };
  // Seen before it is checked: what is loaded must be what was checked.
  const seen = await lookup(dump.path);
  const mounting = MountedDump.try(session, dump, seen, context.signal);
  mounting.catch(() => {}); // It fails only with the run, which is heard below.
  try {
    const [, found] = await both(
      context.signal,
      (signal) => requireUndamaged({ ...context, signal }, request),
      () => askServer(context, session, request, mounting),
    );
    return { ...found, mounted: await mounting };
  } catch (error) {
    await (await mounting.catch(() => undefined))?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function askServer(
  { clock }: Pick<Context, "clock">,
  session: ServerSession,
  request: RestoreRequest,
  mounting: Promise<MountedDump | undefined>,
): Promise<Preflight> {
  return await inMaintenance(session, async (sql) => {
    const { manifest } = request.backup;
    const name = finalName(request);
    const server = await requireServer(sql, manifest);
    const { limited, findings: foreign } = await judgeOrigin(sql, request, {
      ...server,
      container: session.server.container,
    });
    if (manifest.dump.format === "plain") {
      if (limited !== undefined) throw foreignScript(request, limited);
      await requireRestrict(session, dumpPath(request.backup));
    }
    const live = await findLive(sql, name);
    if (live && request.into !== undefined) throw taken(name);
    if (live) await requireNoPrepared(sql, name);
    const bound = live ? await findBound(sql, name) : [];
    const { extensions } = manifest.database;
    const { dir, target } = request;
    const untested = await findUntested(sql, { session, clock, dir, target, extensions, manifest });
    await requireTablespaces(sql, manifest);
    const roles = await findRoles(sql, request);
    const createsRoles = roles.toCreate.length > 0;
    await requireRights(sql, { request, live: live && name, createsRoles });
    const tablespace = live?.tablespace ?? manifest.database.tablespace;
    const room = await findRoom(session, sql, {
      databaseBytes: manifest.database.bytes,
      copiedBytes: await mounting || manifest.dump.format !== "custom" ? 0 : manifest.dump.bytes,
      tablespace,
    });
    const found = [...foreign, ...bound, ...untested, ...room.findings];
    const plan: RestorePlan = {
      kind: "restore-plan",
      target: request.target,
      backup: request.backup.id,
      takenAt: manifest.takenAt,
      ...{ reason: manifest.reason, note: manifest.note ?? null },
      revisions: manifest.migrations?.revisions ?? null,
      standsAt: live ? await headsOf(session, name) : null,
      dumpBytes: manifest.dump.bytes,
      databaseBytes: manifest.database.bytes,
      database: name,
      replaces: live ? { bytes: live.bytes } : null,
      loses: live && !isPartOfMore(request) ? await whatIsLost(session, name, manifest) : [],
      loadsInto: await loadingName(sql, extensions, freshName(name, session.runId)),
      roles: roles.toCreate,
      room: room.verdicts.map(({ path, needed, free }) => ({ path, needed, free })),
      findings: judged(found, request.allow),
      warnings: [...leftOutWarnings(roles.toCreate), ...suspicions(manifest)],
    };
    return { plan, roles, tablespace, folders: room.folders, limited };
  });
}

/** A rollback has measured what it loses, and an upgrade goes back to a moment ago. */
function isPartOfMore({ lock, beforeSwap }: RestoreRequest): boolean {
  return lock !== undefined || beforeSwap !== undefined;
}

async function requireUndamaged(context: Context, { backup }: RestoreRequest): Promise<void> {
  const { emit, signal } = context;
  const expectedBytes = bytesToCheck(backup.manifest);
  emit({ type: "step", step: "check", text: `Checking ${backup.id}` });
  const findings = await checkBackup(backup, {
    signal,
    progress: (bytes) => emit({ type: "progress", step: "check", bytes, expectedBytes }),
  });
  if (findings.length === 0) return;
  throw new OakumError(
    "backup-damaged",
    "refused",
    `The backup "${backup.id}" is not what was written: ${
      findings.map(({ text }) => text).join(" ")
    }`,
    { hint: "Take another one: oakum backups", data: { findings } },
  );
}

/** What a script does cannot be parted into what an owner may do and what is done for it. */
function foreignScript({ backup }: RestoreRequest, why: string): OakumError {
  const path = dumpPath(backup);
  return refused(
    "foreign-script",
    `"${path}" is a script that may not have begun on this server. ${why}`,
    {
      hint: `Make a backup of it that can be loaded without trusting it: oakum adopt ${
        shellWord(path)
      }; then restore that one by its name.`,
      data: { path },
    },
  );
}

/** The database that has the name now. */
async function findLive(sql: Queryable, name: string) {
  const [live] = await sql<{ tablespace: string; bytes: number | null }[]>`
    select t.spcname as tablespace,
      case when has_database_privilege(d.oid, 'CONNECT') or pg_has_role('pg_read_all_stats', 'MEMBER')
        then pg_database_size(d.oid)::float8 end as bytes
    from pg_database d join pg_tablespace t on t.oid = d.dattablespace where d.datname = ${name}`;
  return live;
}

/** For a person to read: a database that cannot be read is one more reason for a restore. */
async function headsOf(session: ServerSession, database: string): Promise<string[] | null> {
  const sql = session.sql(database, { max: 1, timeouts: { lock: 1000, statement: 5000 } });
  try {
    return (await readMigrationState(sql))?.revisions ?? null;
  } catch {
    return null;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function taken(name: string): OakumError {
  return refused("database-exists", `The server has a database "${name}" already.`, {
    hint: "--into makes a new one. To replace the live one, leave it out.",
    data: { database: name },
  });
}

async function requireTablespaces(sql: Queryable, { database }: Manifest): Promise<void> {
  const rows = await sql<{ name: string }[]>`
    select name from unnest(${database.tablespaces}::text[]) name
    where name not in (select spcname from pg_tablespace) order by name`;
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => `"${name}"`).join(", ");
  throw refused("missing-tablespace", `The server lacks tablespaces of the backup: ${names}.`, {
    hint: "Create each where its files shall lie: CREATE TABLESPACE name LOCATION '…';",
    data: { tablespaces: rows.map(({ name }) => name) },
  });
}

function suspicions({ suspect }: Manifest): string[] {
  return suspect.map((text) => `The backup is marked as suspect: ${text}`);
}
