import { join } from "node:path";
import { newestGood } from "../../backups/find.ts";
import type { JournalEntry, Operation } from "../../backups/journal_entry.ts";
import { readJournal } from "../../backups/journal_read.ts";
import { listTarget } from "../../backups/list.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { JOURNAL } from "../../backups/names.ts";
import { targetPath } from "../../backups/target_path.ts";

/** Operations whose outcome says what schema they left. */
const MOVES: readonly Operation[] = ["upgrade", "downgrade", "stamp"];

/**
 * The schema's hash as oakum's last move left it, where it took revisions back after the newest good
 * backup: that there is less than in that one is then no collapse by itself.
 */
export async function undoneSinceBackup(
  dir: string,
  target: TargetName,
  now: Date,
): Promise<string | undefined> {
  const newest = newestGood(await listTarget(dir, target), now);
  if (!newest) return undefined;
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  return schemaLeft(entries, Date.parse(newest.manifest.takenAt));
}

/** The schema's hash after the last move since an instant; nothing without a downgrade since. */
export function schemaLeft(entries: readonly JournalEntry[], since: number): string | undefined {
  const moves = entries.filter((entry) =>
    entry.kind === "outcome" && MOVES.includes(entry.operation) && Date.parse(entry.at) >= since
  );
  const undid = moves.some((entry) =>
    entry.kind === "outcome" && entry.ok && entry.operation === "downgrade"
  );
  const last = moves.at(-1)?.data;
  const left = last?.["fingerprint"] ?? last?.["left"];
  return undid && typeof left === "string" ? left : undefined;
}
