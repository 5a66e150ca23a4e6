import { OakumError, type Outcome } from "../core/errors.ts";
import { backUpAll } from "../operations/backup_all.ts";
import type { BackupRequest } from "../operations/backup.ts";
import type { BackupAllReport } from "../reports/backup.ts";
import { everyServer, type ServerOfStack } from "../targets/every.ts";
import { showBackupAll } from "../terminal/views/backup_all.ts";
import type { Result, Session } from "./session.ts";
import { backupDir, openContext } from "./stand.ts";

/** `backup --all`. */
export async function backupAllWork(
  session: Session,
  each: Omit<BackupRequest, "dir" | "target">,
  dryRun: boolean,
): Promise<Result> {
  const context = await openContext(session);
  const { settings } = session;
  const wish = { settings, changesState: false, needsApp: false };
  const servers = await everyServer(context, wish);
  requireServers(servers);
  requireOneFolder(servers, settings.backups.dir.value);
  const report = await backUpAll(context, servers, {
    dirOf: ({ stack }) => backupDir(session, { stack }),
    database: settings.database.name,
    each,
    dryRun,
  });
  return { outcome: outcomeOf(report), report, text: (page) => showBackupAll(report, page) };
}

/** How a run over many databases ended: one that was not proved is not all that was asked for. */
export function outcomeOf(
  { taken, planned, failed }: Pick<BackupAllReport, "taken" | "planned" | "failed">,
): Outcome {
  if (failed.length > 0) return taken.length + planned.length > 0 ? "partial" : "failed";
  if (taken.some(({ notProved }) => notProved !== undefined)) return "partial";
  return taken.some(({ manifest }) => manifest.suspect.length > 0) ? "finding" : "done";
}

function requireServers(servers: readonly ServerOfStack[]): void {
  if (servers.length > 0) return;
  throw new OakumError(
    "no-database-server",
    "notFound",
    "No Compose stack on this engine has such a PostgreSQL server.",
    { hint: "What --project and --database name must be there; see oakum doctor." },
  );
}

/** Backups of several stacks belong into one place, which somebody has chosen. */
export function requireOneFolder(
  servers: readonly Pick<ServerOfStack, "stack">[],
  dir: string | undefined,
): void {
  const projects = [...new Set(servers.map(({ stack }) => stack.project))];
  if (dir !== undefined || projects.length < 2) return;
  throw new OakumError(
    "no-backup-dir",
    "refused",
    `Backups of ${projects.length} stacks need one folder: ${projects.join(", ")}.`,
    {
      hint: "Say where: --dir DIR, or OAKUM_BACKUP_DIR, or backups.dir in oakum.yaml.",
      data: { projects },
    },
  );
}
