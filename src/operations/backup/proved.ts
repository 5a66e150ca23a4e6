import { findBackup } from "../../backups/find.ts";
import { listTarget } from "../../backups/list.ts";
import { messageOf, OakumError } from "../../core/errors.ts";
import type { Emit } from "../../core/events.ts";
import { sayingWhere } from "../../core/interrupted.ts";
import { asLost } from "../../core/lost.ts";
import type { ServerSession } from "../../postgres/session.ts";
import type { BackupReport } from "../../reports/backup.ts";
import type { Verified } from "../../reports/verify.ts";
import { backUp, type BackupRequest } from "../backup.ts";
import type { Context } from "../context.ts";
import { verify } from "../verify.ts";
import { NotProved } from "./not_proved.ts";
import { whyRestoreProof } from "./restore_proof.ts";

/**
 * Backs up a database and proves it by a restore, where that is asked for or due; throws `NotProved`
 * where one that was asked for cannot be had.
 */
export async function backUpProved(
  context: Context,
  session: ServerSession,
  database: string,
  request: BackupRequest,
): Promise<BackupReport> {
  const report = await published(context, session, database, request);
  if (request.verify === "none" || report.manifest.suspect.length > 0) return report;
  const standing = () => `The backup "${report.manifest.id}" is kept.`;
  return await sayingWhere(context.signal, standing, proved(context, session, report, request));
}

/** Where it is interrupted before it is published, nothing of it can be there. */
async function published(
  context: Context,
  session: ServerSession,
  database: string,
  request: BackupRequest,
): Promise<BackupReport> {
  let began = false;
  const emit: Emit = (event) => {
    began ||= event.type === "step" && event.step === "publish";
    context.emit(event);
  };
  const standing = () =>
    began ? undefined : `No backup of "${database}" was kept; older ones are as they were.`;
  const work = backUp({ ...context, emit }, session, database, request);
  return await sayingWhere(context.signal, standing, work);
}

/** Restores the backup in a sandbox; the report is as it is then. */
async function proved(
  context: Context,
  session: ServerSession,
  report: BackupReport,
  { dir, target, verify: level }: BackupRequest,
): Promise<BackupReport> {
  const asked = level === "restore";
  const listing = await listTarget(dir, target);
  const { backup } = findBackup(listing, report.manifest.id);
  const why = whyRestoreProof(listing, backup, context.clock.now());
  if (!asked && why === undefined) return report;
  if (!asked) context.emit({ type: "note", text: `Proving it by a restore: ${why}` });
  let outcome: Verified | undefined;
  try {
    outcome = await verify(context, session, { backup, others: [], restore: true });
  } catch (error) {
    // A backup that is good does not become bad by a sandbox that cannot be had.
    const known = asLost(error);
    if (!(known instanceof OakumError) || context.signal.aborted) throw error;
    if (asked) throw new NotProved(report, known);
    const text = `The backup is not proved by a restore: ${messageOf(known)}`;
    const hint = known.hint ? { hint: known.hint } : {};
    context.emit({ type: "warning", code: "not-proved", text, ...hint });
  }
  const { manifest } = findBackup(await listTarget(dir, target), report.manifest.id).backup;
  if (!outcome) return { ...report, manifest };
  const { findings, notProved, tookMs: provedMs } = outcome;
  const suspect = [...new Set([...manifest.suspect, ...findings])];
  const more = notProved === undefined ? [] : [`It is not proved by a restore. ${notProved}.`];
  const warnings = [...report.warnings, ...more];
  return { ...report, provedMs, warnings, manifest: { ...manifest, suspect } };
}
