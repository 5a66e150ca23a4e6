import { Command, Option } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import {
  allowOption,
  type ImageChoice,
  imageChoice,
  imageOption,
  lockTimeoutOption,
  newImageOption,
  retriesOption,
  xOption,
} from "./shared_options.ts";
import { filled } from "./values.ts";

/** What `rollback` takes. */
export interface RollbackOptions extends ImageChoice {
  /** As typed; undefined: to before the last upgrade. */
  readonly to: string | undefined;
  /** Undefined: whichever way loses nothing. */
  readonly via: "downgrade" | "restore" | undefined;
  readonly safetyBackup: boolean;
  /** Findings that are accepted, by name. */
  readonly allow: readonly string[];
  readonly dryRun: boolean;
  readonly retries: number | undefined;
}

/** `oakum rollback`. */
export function rollbackCommand(deps: Deps) {
  const command = new Command("rollback")
    .summary("undo the last upgrade, at a price that is measured first")
    .description(
      "Undoes the last upgrade. Takes a backup first, and measures on copies of it what either " +
        "way back would lose: by downgrade, what the downgrades destroy; by restore, what was " +
        "written since the upgrade. Goes by itself only where a way loses nothing.",
    )
    .addOption(
      new Option("--to <rev>", "back to here (default: before the last upgrade)").argParser(filled),
    )
    .addOption(
      new Option("--via <way>", "which way, whatever it loses").choices(
        ["downgrade", "restore"] as const,
      ),
    )
    .option("--no-safety-backup", "take no backup first: for a database too broken to be dumped")
    .addOption(allowOption("logical-slot"))
    .addOption(xOption())
    .addOption(lockTimeoutOption())
    .addOption(retriesOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .addOption(
      new Option(
        "--dry-run",
        "take the backup, which stays, measure both ways and print the plan alone",
      ),
    )
    .action((options, self) => {
      const { to, via, safetyBackup, allow = [], dryRun = false, retries } = options;
      const { x, lockTimeout } = options;
      const parsed = { to, via, safetyBackup, allow, dryRun, retries, ...imageChoice(options) };
      return deps.run("rollback", parsed, self, { x, lockTimeout });
    });
  addExamples(command, [
    ["oakum rollback --dry-run", "what either way would lose"],
    ["oakum rollback", "back, where a way loses nothing"],
    ["oakum rollback --via restore", "back to the backup from before the upgrade"],
  ]);
  return command;
}
