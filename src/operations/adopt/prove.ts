import { lookup } from "../../backups/files.ts";
import { discard } from "../../backups/expire.ts";
import { findBackup } from "../../backups/find.ts";
import { type Backup, dumpPath, listTarget } from "../../backups/list.ts";
import { lockFolderPatiently } from "../../backups/lock.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { messageOf, OakumError } from "../../core/errors.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { BackupReport } from "../../reports/backup.ts";
import type { Context } from "../context.ts";
import { loadBackup, type OpenSandbox, type SeenBackup } from "../sandbox/load_backup.ts";
import {
  compareCopy,
  excused,
  judged,
  type Proof,
  proveByRestore,
} from "../verify/prove_by_restore.ts";
import { outcomeOf, writeDown } from "../verify.ts";

/** The name of the copy in the sandbox; dumps have no database of that name. */
const RESTORED = "oakum_restored";
/** Another run holds the folder for as long as its backup takes. */
const PATIENCE_MS = 60_000;

/** What came of a file, and where. */
export interface AdoptedBackup {
  readonly path: string;
  readonly dir: string;
  readonly target: TargetName;
  /** The session to the real server. */
  readonly live: ServerSession;
  readonly report: BackupReport;
}

/**
 * Restores what came of a file beside what it built, and compares: data exist that load, and do not
 * load again. A backup that does not restore is taken away, and the file is refused; one of which that
 * could not be found out is taken away as well.
 */
export async function proveAdopted(
  context: Context,
  open: OpenSandbox,
  { path, dir, target, live, report }: AdoptedBackup,
): Promise<BackupReport> {
  const find = async () => findBackup(await listTarget(dir, target), report.manifest.id).backup;
  const backup = await find();
  const began = context.clock.now().getTime();
  const seen = await lookup(dumpPath(backup));
  const proof = await proofOf(context, open, live, { ...backup, seen }).catch(async (error) => {
    // Nobody knows by now whether it restores: a backup is only what does.
    await takeAway(context, backup).catch((why) => sayLeft(context, backup, why));
    throw error;
  });
  if (proof.findings.length > 0) {
    await takeAway(context, backup);
    throw notRestorable(path, proof.findings);
  }
  const imageId = open.sandbox.access.container.Image;
  await writeDown(context, backup, { ...outcomeOf(proof, true), imageId, patienceMs: PATIENCE_MS });
  context.signal.throwIfAborted();
  const provedMs = context.clock.now().getTime() - began;
  return { ...report, provedMs, manifest: (await find()).manifest };
}

/** An extension that can be made in one database of a server takes a server of its own. */
async function proofOf(
  context: Context,
  open: OpenSandbox,
  live: ServerSession,
  backup: SeenBackup,
): Promise<Proof> {
  const { extensions } = backup.manifest.database;
  if (extensions.some(({ name }) => name === "pg_cron")) {
    return await proveByRestore(context, live, backup);
  }
  context.emit({ type: "step", step: "verify", text: "Restoring it in the sandbox" });
  const { signal } = context;
  try {
    await loadBackup(context, open, backup, RESTORED, signal);
    return excused(await compareCopy(context, open.session, backup, RESTORED, signal), extensions);
  } catch (error) {
    return judged(error, open.sandbox, extensions);
  }
}

async function takeAway(
  { clock, emit, runId: run }: Context,
  { id, folder: path }: Backup,
): Promise<void> {
  // Also where the run was ended.
  const { signal } = new AbortController();
  const holder = { run, command: `adopt ${id}`, pid: Deno.pid, clock };
  const onWait = (why: string) => emit({ type: "note", text: `${why} Waiting for it to end.` });
  await using folder = await lockFolderPatiently(path, holder, {
    waitMs: PATIENCE_MS,
    signal,
    onWait,
  });
  await discard(folder, id);
}

function sayLeft({ emit }: Context, { id }: Backup, why: unknown): void {
  const text = `The backup ${id} is not proved, and could not be removed: ${messageOf(why)}`;
  emit({
    type: "warning",
    code: "adopted-left",
    text,
    hint: `Prove it: oakum verify --restore ${id}`,
  });
}

function notRestorable(path: string, findings: readonly string[]): OakumError {
  const encoding = findings.some((text) => text.includes("invalid byte sequence"));
  return new OakumError(
    "foreign-dump-unproved",
    "refused",
    `"${path}" loads, but what it builds cannot be restored: ${findings.slice(0, 3).join(" ")}`,
    {
      hint: encoding
        ? "Its bytes are in another encoding than it says. Dump it anew with --encoding=UTF8, or " +
          "convert a plain dump: iconv -f LATIN1 -t UTF-8 OLD > NEW."
        : "Mend that where it was dumped, and dump again. No backup was kept of it.",
      data: { path, findings },
    },
  );
}
