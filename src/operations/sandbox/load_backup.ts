import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Backup, dumpPath } from "../../backups/list.ts";
import type { FingerprintRow, Manifest } from "../../backups/manifest.ts";
import { readOwnFile } from "../../backups/read_dump.ts";
import { OakumError } from "../../core/errors.ts";
import { shellWord } from "../../core/shell.ts";
import { runForeignScript, type ScriptError } from "../../postgres/foreign.ts";
import { createDatabase } from "../../postgres/fresh.ts";
import { loadDump } from "../../postgres/load.ts";
import { inMaintenance, inTemplate } from "../../postgres/maintenance.ts";
import { MountedDump } from "../../postgres/mounted_dump.ts";
import { unreachedView, viewsOfOutside } from "../../postgres/outside.ts";
import { readOrigins } from "../../postgres/preload.ts";
import type { Sandbox, SandboxShape } from "../../postgres/sandbox.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { copyDemands, judgeRoom, measureRoom, roomText } from "../../postgres/space.ts";
import { execute } from "../../postgres/statement.ts";
import type { Context } from "../context.ts";
import { matchEmptiness } from "../restore/emptiness.ts";

/** A backup whose dump was looked at before it was checked. */
export interface SeenBackup extends Backup {
  readonly seen: Deno.FileInfo | undefined;
}

/** A sandbox with a session to its server. */
export interface OpenSandbox {
  readonly sandbox: Sandbox;
  readonly session: ServerSession;
}

/** What of the real server decides whether a dump of it loads into a database of a sandbox. */
export async function wishOf(
  real: ServerSession,
  { manifest: { database: { extensions } } }: Pick<Backup, "manifest">,
  database: string,
): Promise<Partial<SandboxShape>> {
  return await inMaintenance(real, async (sql) => {
    const { libraries, superuser } = await readOrigins(sql, extensions);
    const [locks] = await sql<{ setting: string }[]>`
      select 'max_locks_per_transaction=' || setting as setting from pg_settings
      where name = 'max_locks_per_transaction'`;
    const preload = { libraries, database };
    return { preload, superuser, settings: locks ? [locks.setting] : [] };
  });
}

/** Refuses where Docker's disk cannot hold `copies` of a database beside its dump. */
export async function requireSandboxRoom(
  sandbox: Sandbox,
  { bytes, dump }: { bytes: number; dump: number },
  copies = 1,
): Promise<void> {
  const { folders } = sandbox;
  const [system] = await measureRoom(sandbox, [folders.data]) ?? [];
  if (!system) return;
  const demands = copyDemands(folders, [system, system], bytes * copies);
  const short = judgeRoom([...demands, { system, bytes: dump }]).filter(({ enough }) => !enough);
  if (short.length === 0) return;
  throw new OakumError(
    "sandbox-disk",
    "refused",
    `There is no room for a copy of the database in a sandbox: ${short.map(roomText).join(" ")}`,
    { hint: "Free some space for Docker; a full disk would take the live server down with it." },
  );
}

/**
 * In a sandbox the roles' script may run whole: there is nothing that it could take over. One that
 * is not what was written, or does not run, is a fault of the backup; a role's setting that the image
 * does not know any more, such as a time zone, is one of the server that it is of.
 */
export async function createBackupRoles(
  { emit }: Pick<Context, "emit">,
  session: ServerSession,
  { folder, manifest: { id, globals } }: Backup,
  signal: AbortSignal,
): Promise<void> {
  if (!globals) return;
  const script = asWritten(join(folder, globals.file), globals.sha256);
  const { errors } = await runForeignScript(session, script, { database: "postgres", signal });
  for (const { message, reset } of errors) {
    if (reset === undefined) continue;
    const text = `A role's setting is left out, since this image does not know it: ${message}`;
    const hint = `Set one that it knows, or take it away: ${reset};`;
    emit({ type: "warning", code: "setting-left-out", text, hint });
  }
  requireRoles(id, errors.filter(({ reset }) => reset === undefined));
}

function requireRoles(id: string, errors: readonly ScriptError[]): void {
  if (errors.length === 0) return;
  const texts = errors.map(({ line, message }) =>
    line === undefined ? message : `line ${line}: ${message}`
  );
  const more = texts.length > 3 ? `; and ${texts.length - 3} more` : "";
  throw new OakumError(
    "globals-failed",
    "failed",
    `The roles of ${id} cannot all be made: ${texts.slice(0, 3).join("; ")}${more}.`,
    {
      hint:
        "The data is not concerned. Mend the roles that are named on the server that the backup " +
        "is of; then take a new one: oakum backup",
      data: { backup: id, errors: texts },
    },
  );
}

/** A file's bytes, which are refused at their end where they are not those of the manifest. */
async function* asWritten(path: string, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of readOwnFile(path)) {
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest("hex");
  if (found === sha256) return;
  throw new OakumError(
    "globals-damaged",
    "failed",
    `"${path}" has another SHA-256 than its manifest says.`,
    {
      hint: `Check the backup: oakum verify ${shellWord(path)}`,
      data: { path, expected: sha256, found },
    },
  );
}

/**
 * Loads a backup into a database of its shape, which is made in the sandbox under `name`. Materialized
 * views that read what only the real server reaches are made and stay empty.
 */
export async function loadBackup(
  { emit }: Pick<Context, "emit">,
  { session, sandbox }: OpenSandbox,
  backup: SeenBackup,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const { manifest } = backup;
  await createTablespaces(session, sandbox, manifest, signal);
  const { bytes, sha256, format, compression } = manifest.dump;
  const dump = { path: dumpPath(backup), bytes, sha256, format, compression };
  const mounted = await MountedDump.try(session, dump, backup.seen, signal);
  sandbox.endWithIt(mounted);
  emit({ type: "step", step: "load", text: `Loading ${backup.id} into it` });
  const total = manifest.tables.length;
  const schema = manifest.fingerprint.rows;
  await fillingWhatCanBe(schema, format, async (unfilled, again) => {
    await createEmpty(session, manifest, name, again);
    await loadDump(session, { ...dump, mounted }, name, {
      ...{ owner: true, alone: true, schema, unfilled, signal },
      onItem: (item, done) =>
        emit({ type: "progress", step: "load", item, done, total, unit: "tables" }),
    });
  });
}

/** What a view reads is known of foreign tables; of a function that dials, only when it has failed. */
async function fillingWhatCanBe(
  schema: readonly FingerprintRow[],
  format: "custom" | "plain",
  load: (unfilled: readonly string[], again: boolean) => Promise<void>,
): Promise<void> {
  let unfilled = format === "custom" ? viewsOfOutside(schema) : [];
  for (let again = false;; again = true) {
    try {
      return await load(unfilled, again);
    } catch (error) {
      const view = unreachedView(error, schema);
      const more = view === undefined ? [] : [view, ...viewsOfOutside(schema, [view])];
      if (format !== "custom" || more.every((one) => unfilled.includes(one))) throw error;
      unfilled = [...new Set([...unfilled, ...more])];
    }
  }
}

async function createEmpty(
  session: ServerSession,
  manifest: Manifest,
  name: string,
  again: boolean,
): Promise<void> {
  const shape = { ...manifest.database, tablespace: "pg_default" };
  await inTemplate(session, async (sql) => {
    if (again) await execute(sql, "drop database %I with (force)", name);
    await createDatabase(sql, name, shape);
  });
  await matchEmptiness(session, name, manifest);
}

/** Empty ones of the same names: where the files lie is nothing that a backup proves. */
async function createTablespaces(
  session: ServerSession,
  sandbox: Sandbox,
  { database: { tablespaces } }: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const names = tablespaces.filter((name) => name !== "pg_default");
  await inTemplate(session, async (sql) => {
    const there = await sql<{ name: string }[]>`select spcname as name from pg_tablespace`;
    const missing = names.filter((name) => !there.some((one) => one.name === name));
    for (const [at, name] of missing.entries()) {
      const folder = await sandbox.makeFolder(`tablespace_${there.length + at}`, signal);
      await execute(sql, "create tablespace %I location %L", name, folder);
    }
  });
}
