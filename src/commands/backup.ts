import { Command, Option } from "@commander-js/extra-typings";
import { VERIFY_LEVELS } from "../config/levels.ts";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { dirOption, dryRunOption, noteOption } from "./shared_options.ts";
import { type Compression, compression } from "./values.ts";

/** What `backup` takes; folder and proof are settings. */
export interface BackupOptions {
  readonly format: "custom" | "plain";
  /** Undefined is the best that the server's version has. */
  readonly compression: Compression | undefined;
  /** Whether a backup that looks like a collapse is good all the same. */
  readonly accept: boolean;
  readonly note: string | undefined;
  /** Whether every database that can be found is backed up. */
  readonly all: boolean;
  readonly dryRun: boolean;
}

/** `oakum backup`. */
export function backupCommand(deps: Deps) {
  const command = new Command("backup")
    .summary("dump the database into a file, and prove it")
    .description(
      "Dumps the database into a timestamped file with a manifest beside it, both from one " +
        "instant, and reads it back. Anything short of that leaves no file behind.",
    )
    .addOption(dirOption())
    .addOption(
      new Option("--format <format>", "the dump's format")
        .choices(["custom", "plain"] as const).default("custom" as const),
    )
    .addOption(
      new Option("--compress <method[:level]>", "zstd, gzip, lz4 or none (default: by server)")
        .argParser(compression),
    )
    .addOption(new Option("--verify <how>", "how far it is proved").choices(VERIFY_LEVELS))
    .option("--accept", "good also where it is much smaller than the last one")
    .addOption(noteOption())
    .option("--all", "every database of every stack; -p or --database narrows it")
    .addOption(dryRunOption())
    .action(({ dir, format, compress, verify, note, ...flags }, self) => {
      const { accept = false, all = false, dryRun = false } = flags;
      const options = { format, compression: compress, accept, note, all, dryRun };
      return deps.run("backup", options, self, { backupDir: dir, verify });
    });
  addExamples(command, [
    ["oakum backup", "into backups/ of the stack's folder"],
    ["oakum backup --verify restore", "proved by restoring it beside"],
    ["oakum backup --all --dir /srv/backups --quiet", "everything, from cron"],
  ]);
  return command;
}
