import { rollback } from "../operations/rollback.ts";
import type { RollbackPlan, RollbackReport } from "../reports/rollback.ts";
import type { Page } from "../terminal/page.ts";
import { showRollback, showRollbackPlan } from "../terminal/views/rollback.ts";
import { callerOf } from "./caller.ts";
import { chooseClone } from "./clone_request.ts";
import { onThisMachine } from "./repository_paths.ts";
import type { RollbackOptions } from "./rollback.ts";
import type { Result, Session } from "./session.ts";
import { openMigrator, openStand, requireApp } from "./stand.ts";

const RETRIES = 10;

/** `rollback`. */
export async function rollbackWork(session: Session, options: RollbackOptions): Promise<Result> {
  const { settings, environment } = session;
  await using stand = await openStand(session, { changesState: true, needsApp: true });
  await using app = await openMigrator(session, stand, options);
  const { context, target, server, name, dir } = stand;
  const service = requireApp(target);
  const { Config, Image, Mounts } = service.container;
  const backup = { dir, format: "custom" as const, accept: false };
  const done = await rollback(
    context,
    { session: server, database: target.database },
    app.migrator,
    {
      ...{ target: name, app: app.service, dir, to: options.to, via: options.via },
      backup: options.safetyBackup
        ? { ...backup, verify: settings.backups.verify.value }
        : undefined,
      clone: chooseClone(session, stand, app.as).clone,
      memory: settings.rehearsal.memory.value,
      stepMs: settings.rehearsal.timeout.value,
      container: { name: Config.Image, id: Image, mounts: Mounts },
      allow: options.allow,
      services: [service.service, ...service.sameAs],
      lockTimeoutMs: settings.upgrade.lockTimeout.value,
      retries: options.retries ?? RETRIES,
      dryRun: options.dryRun,
      by: callerOf(environment),
    },
  );
  const { report } = await onThisMachine({
    directory: session.directory,
    stack: target.stack.workingDir,
  }, done);
  return { report, text: (page) => show(report, page) };
}

function show(report: RollbackPlan | RollbackReport, page: Page): void {
  if (report.kind === "rollback") showRollback(report, page);
  else showRollbackPlan(report, page);
}
