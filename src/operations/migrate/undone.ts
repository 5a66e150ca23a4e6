import { join } from "node:path";
import { newestGood } from "../../backups/find.ts";
import { readJournal } from "../../backups/journal_read.ts";
import { listTarget } from "../../backups/list.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { JOURNAL } from "../../backups/names.ts";
import { targetPath } from "../../backups/target_path.ts";

/**
 * Whether oakum itself took revisions back after the newest good backup: that there is less than in
 * that one is then no collapse.
 */
export async function undoneSinceBackup(dir: string, target: TargetName): Promise<boolean> {
  const newest = newestGood(await listTarget(dir, target));
  if (!newest) return false;
  const since = Date.parse(newest.manifest.takenAt);
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  return entries.some((entry) =>
    entry.kind === "outcome" && entry.ok && entry.operation === "downgrade" &&
    Date.parse(entry.at) >= since
  );
}
