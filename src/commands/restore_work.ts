import type { Backup } from "../backups/list.ts";
import { adopt } from "../operations/adopt.ts";
import { findBackup } from "../backups/find.ts";
import { listTarget } from "../backups/list.ts";
import { restore } from "../operations/restore.ts";
import type { RestorePlan, RestoreReport } from "../reports/restore.ts";
import type { Page } from "../terminal/page.ts";
import { showRestore, showRestorePlan } from "../terminal/views/restore.ts";
import { namedBackup } from "./named_backup.ts";
import type { RestoreOptions } from "./restore.ts";
import type { Result, Session } from "./session.ts";
import { openStand, type Stand } from "./stand.ts";

/** `restore`. */
export async function restoreWork(session: Session, options: RestoreOptions): Promise<Result> {
  await using stand = await openStand(session, { changesState: true });
  const { context, server, target, name, dir } = stand;
  const services = target.app ? [target.app.service, ...target.app.sameAs] : [];
  const { action } = options;
  const backup = await backupOf(session, stand, action.kind === "load" ? action.backup : "latest");
  const report = await restore(context, server, {
    ...{ backup, target: name, dir, services },
    into: options.into,
    jobs: options.jobs,
    allow: options.allow,
    createRoles: options.createRoles,
    owner: options.owner,
    dryRun: options.dryRun,
  });
  return { report, text: (page) => show(report, page) };
}

/** A foreign file is made a backup first: what it holds is not trusted near the live server. */
async function backupOf(session: Session, stand: Stand, reference: string): Promise<Backup> {
  const named = await namedBackup(session, stand, reference);
  if (named.kind === "backup") return named.backup;
  const { context, target: { database }, server: live, name: target, dir } = stand;
  const adopted = await adopt(context, { path: named.path, dir, target, database, live });
  return findBackup(await listTarget(dir, target), adopted.backup.manifest.id).backup;
}

function show(report: RestorePlan | RestoreReport, page: Page): void {
  if (report.kind === "restore") showRestore(report, page);
  else showRestorePlan(report, page);
}
