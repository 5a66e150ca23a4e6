import { messageOf, OakumError, type Outcome } from "../../core/errors.ts";
import type { BackupReport } from "../../reports/backup.ts";
import { backUp } from "../backup.ts";
import type { Context } from "../context.ts";
import type { MigrationRequest } from "../migrate.ts";
import type { Reached } from "./standing.ts";

/** The backup that is taken last before the change; undefined where none was asked for. */
export async function safetyBackup(
  context: Context,
  { session, database }: Reached,
  request: MigrationRequest,
  firstRevision: string,
): Promise<BackupReport | undefined> {
  const { backup, direction, target } = request;
  if (!backup) return undefined;
  const reason = `before ${direction} ${firstRevision}`;
  const wanted = { ...backup, target, reason };
  const report = await backUp(context, session, database.name, wanted).catch((error) => {
    throw noBackup(error, direction);
  });
  if (report.manifest.suspect.length === 0) return report;
  throw suspectBackup(report, direction);
}

/** Outcomes that say as well that nothing was changed. */
const HARMLESS: readonly Outcome[] = ["refused", "locked", "interrupted", "docker"];

function noBackup(error: unknown, direction: string): OakumError {
  const { code, outcome, hint, data } = error instanceof OakumError
    ? error
    : { code: "backup-failed", outcome: "failed" as const, hint: undefined, data: {} };
  return new OakumError(
    code,
    HARMLESS.includes(outcome) ? outcome : "unchanged",
    `There is no backup, so the ${direction} did not begin: ${messageOf(error)}`,
    { data, cause: error, ...(hint === undefined ? {} : { hint }) },
  );
}

function suspectBackup({ manifest: { id, suspect } }: BackupReport, direction: string): OakumError {
  return new OakumError(
    "backup-suspect",
    "refused",
    `The backup before the ${direction} looks wrong: ${suspect.join(" ")}`,
    {
      hint: `Look at the database. If it is right: oakum pin ${id}, then again.`,
      data: { backup: id, suspect },
    },
  );
}
