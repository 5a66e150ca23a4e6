import { sourceText } from "../config/source.ts";
import { migrate } from "../operations/migrate.ts";
import { RESTORE_RULES } from "../operations/restore/findings.ts";
import { requireRuleNames } from "../operations/rehearse/rules/settings.ts";
import type { MigrationPlan, MigrationReport } from "../reports/migration.ts";
import { showMigration, showPlan } from "../terminal/views/migration.ts";
import type { MigrationOptions } from "./migration_command.ts";
import { onThisMachine } from "./repository_paths.ts";
import type { Result, Session } from "./session.ts";
import { openMigrator, openStand } from "./stand.ts";
import { upgradeRequest } from "./upgrade_request.ts";

const RETRIES = 10;

/** `upgrade`. */
export function upgradeWork(session: Session, options: MigrationOptions): Promise<Result> {
  return migrateWork(session, options, "upgrade");
}

/** `downgrade`. */
export function downgradeWork(session: Session, options: MigrationOptions): Promise<Result> {
  return migrateWork(session, options, "downgrade");
}

async function migrateWork(
  session: Session,
  options: MigrationOptions,
  direction: "upgrade" | "downgrade",
): Promise<Result> {
  const { settings } = session;
  // Those of a restore count where the upgrade has to be taken back by one.
  requireRuleNames(options.allow.filter((rule) => !RESTORE_RULES.includes(rule)), "--allow");
  await using stand = await openStand(session, { changesState: true, needsApp: true });
  await using app = await openMigrator(session, stand, options);
  const { context, target, server, name, dir } = stand;
  const guarded = settings.guard.value !== "none" && options.backup !== "none";
  const verify = settings.backups.verify.value;
  const place = { session: server, database: target.database };
  const migrated = await migrate(context, place, app.migrator, {
    direction,
    revision: options.revision,
    target: name,
    app: app.service,
    backup: guarded ? { dir, format: "custom", verify, accept: false } : undefined,
    whyNoBackup: options.backup === "none"
      ? "No backup is taken: --backup none."
      : `No backup is taken: guard is none (${sourceText(settings.guard.source)}).`,
    dir,
    lockTimeoutMs: settings.upgrade.lockTimeout.value,
    retries: options.retries ?? RETRIES,
    dryRun: options.dryRun,
    upgrade: direction === "upgrade"
      ? await upgradeRequest(session, stand, app, options)
      : undefined,
  });
  const { report } = await onThisMachine({
    directory: session.directory,
    stack: target.stack.workingDir,
  }, migrated);
  return {
    report,
    outcome: isFinding(report) ? "finding" : "done",
    text: (page) => show(report, page),
  };
}

/** An app that is not well afterwards, or a plan that would be refused as it is. */
function isFinding(report: MigrationPlan | MigrationReport): boolean {
  if (report.kind === "migration") return report.health?.ok === false;
  return report.refused !== undefined;
}

function show(report: MigrationPlan | MigrationReport, page: Parameters<typeof showPlan>[1]): void {
  if (report.kind === "migration") showMigration(report, page);
  else showPlan(report, page);
}
