import { expire } from "../../backups/expire.ts";
import { listTarget } from "../../backups/list.ts";
import type { LockedFolder } from "../../backups/lock.ts";
import { applyRetention, DEFAULT_POLICY } from "../../backups/retention.ts";
import { messageOf } from "../../core/errors.ts";
import type { BackupReport } from "../../reports/backup.ts";
import type { Context } from "../context.ts";
import type { BackupRequest } from "../backup.ts";

/**
 * Removes the old backups that retention wants gone. The new one is published by now, so an old one
 * that cannot be removed is a warning and nothing more.
 */
export async function prune(
  context: Context,
  folder: LockedFolder,
  request: Pick<BackupRequest, "dir" | "target">,
): Promise<Pick<BackupReport, "expired" | "warnings">> {
  const expired: string[] = [];
  const warnings: string[] = [];
  const orWarn = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      // What is left now the next backup removes; this one is published, and its run may end.
      if (context.signal.aborted) return;
      warnings.push(`${what}: ${messageOf(error)}`);
    }
  };
  await orWarn("Older backups were not looked through", async () => {
    const { backups } = await listTarget(request.dir, request.target);
    const plan = applyRetention(backups, DEFAULT_POLICY, context.clock.now());
    for (const { id } of plan.remove) {
      await orWarn(`The old backup ${id} could not be removed`, async () => {
        expired.push(...(await expire(folder, [id], { signal: context.signal })).ids);
      });
    }
  });
  return { expired, warnings };
}
