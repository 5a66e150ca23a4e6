import { backUp } from "../operations/backup.ts";
import { showBackup } from "../terminal/views/backup.ts";
import type { BackupOptions } from "./backup.ts";
import type { Result, Session } from "./session.ts";
import { openStand } from "./stand.ts";
import type { Compression } from "./values.ts";

/** `backup`. */
export async function backupWork(session: Session, options: BackupOptions): Promise<Result> {
  await using stand = await openStand(session, { changesState: false });
  const { context, target, server, name, dir } = stand;
  const report = await backUp(context, server, target.database.name, {
    ...{ dir, target: name, format: options.format, accept: options.accept, reason: null },
    compression: options.compression && compressionText(options.compression),
    verify: session.settings.backups.verify.value,
  });
  return {
    outcome: report.manifest.suspect.length > 0 ? "finding" : "done",
    report,
    text: (page) => showBackup(report, page),
  };
}

const DEFAULT_LEVELS = { zstd: 3, gzip: 6, lz4: 1 } as const;

/** As manifests and pg_dump write it, such as `zstd:3`. */
function compressionText({ method, level }: Compression): string {
  return method === "none" ? method : `${method}:${level ?? DEFAULT_LEVELS[method]}`;
}
