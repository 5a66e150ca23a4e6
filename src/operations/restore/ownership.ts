import { lookup } from "../../backups/files.ts";
import { type Backup, dumpPath } from "../../backups/list.ts";
import type { Manifest, Ownership } from "../../backups/manifest.ts";
import { inTransaction } from "../../postgres/held.ts";
import { readOwnership } from "../../postgres/ownership.ts";
import { Sandbox } from "../../postgres/sandbox.ts";
import { ServerSession } from "../../postgres/session.ts";
import { SpaceWatch } from "../../postgres/space.ts";
import type { Context } from "../context.ts";
import {
  createBackupRoles,
  loadBackup,
  requireSandboxRoom,
  wishOf,
} from "../sandbox/load_backup.ts";

/** Whether policies hold for the owner of a table, too. */
export function hasForcedPolicies({ fingerprint }: Pick<Manifest, "fingerprint">): boolean {
  return fingerprint.rows.some(([kind, , def]) => kind === "table" && / rls=\w+\/t/.test(def));
}

/** The name of the copy. */
const COPY = "restored";

/**
 * Who owns what in a backup whose manifest does not say, since an older oakum took it: its dump says
 * so in SQL only, which is run where it can do no harm.
 */
export async function ownershipInSandbox(
  context: Context,
  real: ServerSession,
  backup: Pick<Backup, "id" | "folder" | "manifest">,
): Promise<Ownership> {
  const { engine, runId, signal, emit } = context;
  emit({ type: "step", step: "sandbox", text: "Reading in a sandbox who owns what" });
  const wish = await wishOf(real, backup, COPY);
  await using sandbox = await Sandbox.start(engine, real.server, runId, signal, wish);
  const { database, dump } = backup.manifest;
  await requireSandboxRoom(sandbox, { bytes: database.bytes, dump: dump.bytes });
  await using watch = new SpaceWatch(sandbox, sandbox.folders);
  const stop = AbortSignal.any([signal, watch.signal]);
  return await sandbox.use(async () => {
    await using session = await ServerSession.open(engine, sandbox.access, `${runId}s`, stop);
    const seen = {
      ...backup,
      state: "good" as const,
      problems: [],
      seen: await lookup(dumpPath(backup)),
    };
    await createBackupRoles(context, session, seen, stop);
    await loadBackup(context, { sandbox, session }, seen, COPY, stop);
    const ownership = await inTransaction(session.sql(COPY, { max: 1 }), readOwnership, stop);
    await sandbox.empty();
    return ownership;
  }, stop);
}
