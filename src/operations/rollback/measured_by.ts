import { join } from "node:path";
import { readJournal } from "../../backups/journal_read.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { JOURNAL } from "../../backups/names.ts";
import { targetPath } from "../../backups/target_path.ts";
import { shellWord } from "../../core/shell.ts";
import { sameHeads } from "../migrate/picture.ts";
import { lastUpgrade } from "./last_upgrade.ts";

/** A downgrade, and where the journal of its database is. */
export interface PlannedDowngrade {
  readonly dir: string;
  readonly target: TargetName;
  /** Where to, as typed. */
  readonly revision: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** The command that measures what a downgrade would lose, before anything is lost. */
export async function measuredBy(planned: PlannedDowngrade): Promise<string> {
  const { dir, target, revision, from, to } = planned;
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  const last = lastUpgrade(entries, from);
  const goal = last && sameHeads(last.before, to) ? "" : ` --to ${shellWord(revision)}`;
  return `oakum rollback${goal} --dry-run`;
}
