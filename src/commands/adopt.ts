import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { dirOption, dryRunOption, noteOption } from "./shared_options.ts";
import { gathered } from "./values.ts";

/** What `adopt` takes. */
export interface AdoptOptions {
  /** Paths as typed; at least one. */
  readonly files: readonly string[];
  readonly note: string | undefined;
  readonly dryRun: boolean;
}

/** `oakum adopt`. */
export function adoptCommand(deps: Deps) {
  const command = new Command("adopt")
    .summary("make backups of dumps that other tools wrote")
    .description(
      "Loads dumps that other tools wrote into a sandbox server that holds nothing else, and " +
        "keeps what they built there as backups. The files stay as they are, and one that cannot " +
        "be taken over keeps no other from it.",
    )
    .argument("<files...>", ".sql, .sql.gz, or the output of pg_dump -Fc", gathered)
    .addOption(dirOption())
    .addOption(noteOption())
    .addOption(dryRunOption())
    .action((files, { dir, note, dryRun = false }, self) => {
      return deps.run("adopt", { files, note, dryRun }, self, { backupDir: dir });
    });
  addExamples(command, [["oakum adopt backups/db_backup_*.sql", "those of an old script"]]);
  return command;
}
