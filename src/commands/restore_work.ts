import type { Backup } from "../backups/list.ts";
import { adopt } from "../operations/adopt.ts";
import { lookedAt } from "../operations/adopt/looked_at.ts";
import { adoptAll } from "../operations/adopt_all.ts";
import { findBackup } from "../backups/find.ts";
import { listTarget } from "../backups/list.ts";
import { shellWord } from "../core/shell.ts";
import { count } from "../core/time.ts";
import { finalizeRestore } from "../operations/finalize_restore.ts";
import { restore } from "../operations/restore.ts";
import { undoRestore } from "../operations/undo_restore.ts";
import type { RestorePlan, RestoreReport } from "../reports/restore.ts";
import type { Page } from "../terminal/page.ts";
import { showAdopted } from "../terminal/views/adopt.ts";
import { showFinalize, showRestore, showRestorePlan, showUndo } from "../terminal/views/restore.ts";
import { namedBackup } from "./named_backup.ts";
import type { RestoreOptions } from "./restore.ts";
import type { Result, Session } from "./session.ts";
import { openStand, type Stand } from "./stand.ts";

/** `restore`. */
export async function restoreWork(session: Session, options: RestoreOptions): Promise<Result> {
  await using stand = await openStand(session, { changesState: true });
  const { app } = stand.target;
  const shared = {
    target: stand.name,
    dir: stand.dir,
    allow: options.allow,
    dryRun: options.dryRun,
    services: app ? [app.service, ...app.sameAs] : [],
  };
  const { context, server } = stand;
  const { action, into, jobs, createRoles, owner } = options;
  switch (action.kind) {
    case "undo": {
      const report = await undoRestore(context, server, shared);
      return { report, text: (page) => showUndo(report, page) };
    }
    case "finalize": {
      const report = await finalizeRestore(context, server, shared);
      return { report, text: (page) => showFinalize(report, page) };
    }
    case "load": {
      const named = await namedBackup(session, stand, action.backup);
      if (named.kind === "foreign" && options.dryRun) return await planForeign(stand, named.path);
      const backup = named.kind === "backup"
        ? named.backup
        : await adopted(stand, named.path, into !== undefined);
      await using _look = named.kind === "foreign" && into !== undefined
        ? lookedAt(context, backup, shellWord(action.backup))
        : undefined;
      const request = { ...shared, backup, into, jobs, createRoles, owner };
      const report = await restore(context, server, request);
      return { report, text: (page) => show(report, page) };
    }
  }
}

/**
 * A foreign file is made a backup first: what it holds is not trusted near the live server. One of
 * another database does not replace the live one.
 */
async function adopted(stand: Stand, path: string, beside: boolean): Promise<Backup> {
  const { context, target: { database }, server: live, name: target, dir } = stand;
  const request = { path, dir, target, database, live, otherName: beside };
  const { backup, doubt, left } = await adopt(context, request);
  if (doubt !== "") {
    const text = `Whether "${path}" is whole is not known: ${doubt}.`;
    context.emit({ type: "warning", code: "dump-end-unknown", text });
  }
  for (const { name, tables, rows } of left) {
    const text =
      `Not restored: the database ${name} of "${path}", with ${count(tables, "table")} ` +
      `and ${count(rows, "row")}.`;
    context.emit({ type: "warning", code: "dump-others-left", text });
  }
  return findBackup(await listTarget(dir, target), backup.manifest.id).backup;
}

/** What a foreign file would be restored as is known only once it is adopted. */
async function planForeign(stand: Stand, path: string): Promise<Result> {
  const { context, target: { database }, server: live, name: target, dir } = stand;
  const request = { paths: [path], dir, target, database, live, dryRun: true };
  const report = await adoptAll(context, request);
  return {
    report,
    text: (page) => {
      showAdopted(report, page);
      page.line("To see that plan: oakum adopt FILE, then oakum restore NAME --dry-run");
    },
  };
}

function show(report: RestorePlan | RestoreReport, page: Page): void {
  if (report.kind === "restore") showRestore(report, page);
  else showRestorePlan(report, page);
}
