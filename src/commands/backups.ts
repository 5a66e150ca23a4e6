import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { dirOption } from "./shared_options.ts";

/** What `backups` takes. */
export interface BackupsOptions {
  /** Whether the backups of every target in the folder are listed. */
  readonly all: boolean;
}

/** `oakum backups`. */
export function backupsCommand(deps: Deps) {
  return new Command("backups")
    .summary("list backups: age, size, revision, proof")
    .description(
      "Lists the backups of the database, newest first, with how far each is proved; where the " +
        "database is down, those of its whole stack. The state says how far a backup is proved: " +
        "restored (loaded in a sandbox and compared), read (read back whole) or not verified. Or " +
        "what is wrong with it: suspect (it looks like a collapse of the one before), missing or " +
        "wrong size (its dump), damaged (its manifest), unreadable (by this user).",
    )
    .addOption(dirOption())
    .option("--all", "those of every database in the folder")
    .action(({ dir, all = false }, self) => deps.run("backups", { all }, self, { backupDir: dir }));
}
