import { Command, Option } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { dirOption, dryRunOption, noteOption } from "./shared_options.ts";
import { filled, gathered } from "./values.ts";

/** What `adopt` takes. */
export interface AdoptOptions {
  /** Paths as typed; at least one. */
  readonly files: readonly string[];
  readonly note: string | undefined;
  /** The database of the files that is taken, where that is not the one of the target's name. */
  readonly fromDatabase: string | undefined;
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
    .argument("<files...>", ".sql, .sql.gz, or what pg_dump -Fc, -Ft or -Fd wrote", gathered)
    .addOption(dirOption())
    .addOption(noteOption())
    .addOption(
      new Option(
        "--from-database <name>",
        "the database of a file that holds others than the target's",
      ).argParser(filled),
    )
    .addOption(dryRunOption())
    .action((files, { dir, note, fromDatabase, dryRun = false }, self) => {
      return deps.run("adopt", { files, note, fromDatabase, dryRun }, self, { backupDir: dir });
    });
  addExamples(command, [["oakum adopt backups/db_backup_*.sql", "those of an old script"]]);
  return command;
}
