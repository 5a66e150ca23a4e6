import { findBackup } from "../backups/find.ts";
import { listTarget } from "../backups/list.ts";
import { messageOf, OakumError } from "../core/errors.ts";
import { backUp } from "../operations/backup.ts";
import { whyRestoreProof } from "../operations/backup/restore_proof.ts";
import { verify } from "../operations/verify.ts";
import type { BackupReport } from "../reports/backup.ts";
import { showBackup } from "../terminal/views/backup.ts";
import type { BackupOptions } from "./backup.ts";
import { refuseNotYet } from "./not_yet.ts";
import type { Result, Session } from "./session.ts";
import { openStand, type Stand } from "./stand.ts";
import type { Compression } from "./values.ts";

/** `backup`. */
export async function backupWork(session: Session, options: BackupOptions): Promise<Result> {
  const { all, dryRun, note } = options;
  refuseNotYet({ "--all": all, "--dry-run": dryRun, "--note": note !== undefined });
  await using stand = await openStand(session, { changesState: false });
  const { context, target, server, name, dir } = stand;
  const level = session.settings.backups.verify;
  const taken = await backUp(context, server, target.database.name, {
    ...{ dir, target: name, format: options.format, accept: options.accept, reason: null },
    compression: options.compression && compressionText(options.compression),
    verify: level.value,
  });
  const report = level.value === "none" || taken.manifest.suspect.length > 0
    ? taken
    : await proved(stand, taken, level.value === "restore");
  return {
    outcome: report.manifest.suspect.length > 0 ? "finding" : "done",
    report,
    text: (page) => showBackup(report, page),
  };
}

/** Restores the backup in a sandbox, where it is asked for or due; the report is as it is then. */
async function proved(stand: Stand, report: BackupReport, asked: boolean): Promise<BackupReport> {
  const { context, server, name, dir } = stand;
  const listing = await listTarget(dir, name);
  const { backup } = findBackup(listing, report.manifest.id);
  const why = whyRestoreProof(listing, backup, context.clock.now());
  if (!asked && why === undefined) return report;
  if (!asked) context.emit({ type: "note", text: `Proving it by a restore: ${why}` });
  try {
    await verify(context, server, { backup, others: [], restore: true });
  } catch (error) {
    // A backup that is good does not become bad by a sandbox that cannot be had.
    if (asked || !(error instanceof OakumError) || context.signal.aborted) throw error;
    const text = `The backup is not proved by a restore: ${messageOf(error)}`;
    context.emit({
      type: "warning",
      code: "not-proved",
      text,
      ...error.hint ? { hint: error.hint } : {},
    });
  }
  const { manifest } = findBackup(await listTarget(dir, name), report.manifest.id).backup;
  return { ...report, manifest };
}

const DEFAULT_LEVELS = { zstd: 3, gzip: 6, lz4: 1 } as const;

/** As manifests and pg_dump write it, such as `zstd:3`. */
function compressionText({ method, level }: Compression): string {
  return method === "none" ? method : `${method}:${level ?? DEFAULT_LEVELS[method]}`;
}
