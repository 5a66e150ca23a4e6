import { messageOf, OakumError } from "../../core/errors.ts";
import { interruptedWith } from "../../core/interrupted.ts";
import type { BackupReport } from "../../reports/backup.ts";
import { backUp } from "../backup.ts";
import type { Context } from "../context.ts";
import type { MigrationRequest } from "../migrate.ts";
import type { Reached } from "./standing.ts";
import { untouched } from "./trouble.ts";
import { undoneSinceBackup } from "./undone.ts";

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
  const take = async () => {
    const undone = await undoneSinceBackup(backup.dir, target, context.clock.now());
    return await backUp(context, session, database.name, { ...backup, undone, target, reason });
  };
  const report = await take().catch((error) => {
    const standing = `There is no backup, so the ${direction} did not begin.`;
    throw interruptedWith(error, context.signal, standing) ?? noBackup(error, direction);
  });
  if (report.manifest.suspect.length === 0) return report;
  throw suspectBackup(report, direction);
}

function noBackup(error: unknown, direction: string): OakumError {
  const text = `There is no backup, so the ${direction} did not begin: ${messageOf(error)}`;
  if (error instanceof OakumError) return untouched(error, text);
  return new OakumError("backup-failed", "unchanged", text, { cause: error });
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
