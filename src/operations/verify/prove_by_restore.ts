import { join } from "node:path";
import type { Backup } from "../../backups/list.ts";
import { dumpPath } from "../../backups/list.ts";
import { OakumError } from "../../core/errors.ts";
import type { ServerAccess } from "../../postgres/access.ts";
import { readFile } from "../../core/read_file.ts";
import { runForeignScript } from "../../postgres/foreign.ts";
import { createDatabase } from "../../postgres/fresh.ts";
import { Sandbox } from "../../postgres/sandbox.ts";
import { MountedDump } from "../../postgres/mounted_dump.ts";
import { ServerSession } from "../../postgres/session.ts";
import { copyDemands, judgeRoom, measureRoom, roomText, SpaceWatch } from "../../postgres/space.ts";
import { execute } from "../../postgres/statement.ts";
import { loadDump } from "../../postgres/load.ts";
import type { Context } from "../context.ts";
import { compareRestored } from "../restore/compare.ts";
import { matchEmptiness } from "../restore/emptiness.ts";

/** A backup whose dump was looked at before it was checked. */
export interface SeenBackup extends Backup {
  readonly seen: Deno.FileInfo | undefined;
}

/**
 * Restores a backup in a sandbox server and compares it with its manifest: dumps exist that read
 * without a fault and do not restore. Answers with what differs, in sentences; throws where the
 * sandbox itself cannot be had.
 */
export async function proveByRestore(
  context: Context,
  like: ServerAccess,
  backup: SeenBackup,
): Promise<string[]> {
  const { engine, runId, signal, emit } = context;
  emit({ type: "step", step: "sandbox", text: "Starting a sandbox server" });
  await using sandbox = await Sandbox.start(engine, like, runId, signal);
  await requireRoom(sandbox, backup);
  await using watch = new SpaceWatch(sandbox, sandbox.folders);
  const stop = AbortSignal.any([signal, watch.signal]);
  return await sandbox.use(async () => {
    await using session = await ServerSession.open(engine, sandbox.access, `${runId}s`, stop);
    await createRoles(session, backup, stop);
    await createTablespaces(session, sandbox, backup, stop);
    return await loadAndCompare(context, session, backup, stop);
  }, stop).catch(findingOf);
}

/** What the load says against the dump; anything else says something about the sandbox. */
function findingOf(error: unknown): string[] {
  if (!(error instanceof OakumError) || !FINDINGS.has(error.code)) throw error;
  const { message, hint } = error;
  const said = message.endsWith(".") ? message : `${message}.`;
  return [hint ? `${said} ${hint}` : said];
}

const FINDINGS = new Set(["load-failed", "dump-damaged"]);

async function requireRoom(
  sandbox: Sandbox,
  { manifest }: Backup,
): Promise<void> {
  const { folders } = sandbox;
  const [system] = await measureRoom(sandbox, [folders.data]) ?? [];
  if (!system) return;
  const demands = copyDemands(folders, [system, system], manifest.database.bytes);
  const short = judgeRoom([...demands, { system, bytes: manifest.dump.bytes }]).filter((
    { enough },
  ) => !enough);
  if (short.length === 0) return;
  throw new OakumError(
    "sandbox-disk",
    "refused",
    `There is no room to restore the backup in a sandbox: ${short.map(roomText).join(" ")}`,
    { hint: "Free some space for Docker; a full disk would take the live server down with it." },
  );
}

/** In a sandbox the roles' script may run whole: there is nothing that it could take over. */
async function createRoles(
  session: ServerSession,
  { folder, manifest }: Backup,
  signal: AbortSignal,
): Promise<void> {
  if (!manifest.globals) return;
  const script = readFile(join(folder, manifest.globals.file));
  await runForeignScript(session, script, { database: "postgres", signal });
}

/** Empty ones of the same names: where the files lie is nothing that a backup proves. */
async function createTablespaces(
  session: ServerSession,
  sandbox: Sandbox,
  { manifest }: Backup,
  signal: AbortSignal,
): Promise<void> {
  const names = manifest.database.tablespaces.filter((name) => name !== "pg_default");
  const sql = session.sql("postgres", { max: 1 });
  for (const [at, name] of names.entries()) {
    const folder = await sandbox.makeFolder(`tablespace_${at}`, signal);
    await execute(sql, "create tablespace %I location %L", name, folder);
  }
}

async function loadAndCompare(
  { emit }: Context,
  session: ServerSession,
  backup: SeenBackup,
  signal: AbortSignal,
): Promise<string[]> {
  const { manifest } = backup;
  const name = manifest.target.database === "postgres" ? "restored" : manifest.target.database;
  const shape = { ...manifest.database, tablespace: "pg_default" };
  await createDatabase(session.sql("postgres", { max: 1 }), name, shape);
  await matchEmptiness(session, name, manifest);
  const { bytes, sha256, format, compression } = manifest.dump;
  const dump = { path: dumpPath(backup), bytes, sha256, format, compression };
  await using mounted = await MountedDump.try(session, dump, backup.seen, signal);
  const total = manifest.tables.length;
  const tell = (step: string) => (item: string, done: number) =>
    emit({ type: "progress", step, item, done, total, unit: "tables" });
  emit({ type: "step", step: "load", text: `Loading ${backup.id} into it` });
  await loadDump(session, { ...dump, mounted }, name, {
    owner: true,
    signal,
    onItem: tell("load"),
  });
  emit({ type: "step", step: "compare", text: "Comparing it with the manifest" });
  const onTable = (table: { schema: string; name: string }, done: number) =>
    tell("compare")(`${table.schema}.${table.name}`, done);
  const { data, schema } = await compareRestored(session.sql(name), manifest, {
    rights: true,
    onTable,
  });
  return [...data, ...schema].map((text) => `After a restore, ${text}.`);
}
