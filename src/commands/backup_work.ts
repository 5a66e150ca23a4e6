import type { BackupRequest } from "../operations/backup.ts";
import { planBackup } from "../operations/backup/plan.ts";
import { backUpProved } from "../operations/backup/proved.ts";
import { showBackup, showBackupPlan } from "../terminal/views/backup.ts";
import type { BackupOptions } from "./backup.ts";
import { backupAllWork } from "./backup_all_work.ts";
import type { Result, Session } from "./session.ts";
import { openStand } from "./stand.ts";
import type { Compression } from "./values.ts";

/** `backup`. */
export async function backupWork(session: Session, options: BackupOptions): Promise<Result> {
  const each = requestOf(session, options);
  if (options.all) return await backupAllWork(session, each, options.dryRun);
  await using stand = await openStand(session, { changesState: false });
  const { context, target, server, name, dir } = stand;
  const request = { ...each, dir, target: name };
  if (options.dryRun) {
    const plan = await planBackup(context, server, target.database.name, request);
    return { report: plan, text: (page) => showBackupPlan(plan, page) };
  }
  const report = await backUpProved(context, server, target.database.name, request);
  return {
    outcome: report.manifest.suspect.length > 0 ? "finding" : "done",
    report,
    text: (page) => showBackup(report, page),
  };
}

function requestOf(
  { settings }: Session,
  { format, accept, compression, note }: BackupOptions,
): Omit<BackupRequest, "dir" | "target"> {
  return {
    ...{ format, accept, note, reason: null },
    compression: compression && compressionText(compression),
    verify: settings.backups.verify.value,
  };
}

const DEFAULT_LEVELS = { zstd: 3, gzip: 6, lz4: 1 } as const;

/** As manifests and pg_dump write it, such as `zstd:3`. */
function compressionText({ method, level }: Compression): string {
  return method === "none" ? method : `${method}:${level ?? DEFAULT_LEVELS[method]}`;
}
