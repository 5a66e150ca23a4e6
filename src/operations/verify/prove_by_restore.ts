import { OakumError } from "../../core/errors.ts";
import type { ServerAccess } from "../../postgres/access.ts";
import { Sandbox } from "../../postgres/sandbox.ts";
import { ServerSession } from "../../postgres/session.ts";
import { SpaceWatch } from "../../postgres/space.ts";
import type { Context } from "../context.ts";
import { compareRestored } from "../restore/compare.ts";
import {
  createBackupRoles,
  loadBackup,
  type OpenSandbox,
  requireSandboxRoom,
  type SeenBackup,
} from "../sandbox/load_backup.ts";

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
  const { database, dump } = backup.manifest;
  await requireSandboxRoom(sandbox, { bytes: database.bytes, dump: dump.bytes });
  await using watch = new SpaceWatch(sandbox, sandbox.folders);
  const stop = AbortSignal.any([signal, watch.signal]);
  return await sandbox.use(async () => {
    await using session = await ServerSession.open(engine, sandbox.access, `${runId}s`, stop);
    await createBackupRoles(session, backup, stop);
    const findings = await loadAndCompare(context, { sandbox, session }, backup, stop);
    await sandbox.empty();
    return findings;
  }, stop).catch(findingsOf);
}

/** What the load says against the backup; anything else says something about the sandbox. */
export function findingsOf(error: unknown): string[] {
  if (!(error instanceof OakumError) || !FINDINGS.has(error.code)) throw error;
  const { message, hint } = error;
  const said = message.endsWith(".") ? message : `${message}.`;
  return [hint ? `${said} ${hint}` : said];
}

const FINDINGS = new Set(["load-failed", "dump-damaged", "globals-failed", "globals-damaged"]);

async function loadAndCompare(
  context: Context,
  open: OpenSandbox,
  backup: SeenBackup,
  signal: AbortSignal,
): Promise<string[]> {
  const { database } = backup.manifest.target;
  const name = database === "postgres" ? "restored" : database;
  await loadBackup(context, open, backup, name, signal);
  return await compareCopy(context, open.session, backup, name, signal);
}

/** What a copy in a sandbox lacks of its backup, in sentences. */
export async function compareCopy(
  { emit }: Pick<Context, "emit">,
  session: ServerSession,
  { manifest }: SeenBackup,
  name: string,
  signal: AbortSignal,
): Promise<string[]> {
  emit({ type: "step", step: "compare", text: "Comparing it with the manifest" });
  const total = manifest.tables.length;
  const { data, schema } = await compareRestored(session.sql(name), manifest, {
    rights: true,
    signal,
    onTable: ({ schema, name }, done) =>
      emit({
        type: "progress",
        step: "compare",
        item: `${schema}.${name}`,
        done,
        total,
        unit: "tables",
      }),
  });
  return [...data, ...schema].map((text) => `After a restore, ${text}.`);
}
