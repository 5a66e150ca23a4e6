import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import {
  dryRunOption,
  imageChoice,
  imageOption,
  lockTimeoutOption,
  newImageOption,
  retriesOption,
  safetyBackupOption,
  xOption,
} from "./shared_options.ts";
import { filled } from "./values.ts";

/** A downgrade is no upgrade: nothing is chosen for it. */
const NO_CHOICES = { rehearsal: "none", allow: [], onFailure: undefined, health: [] } as const;

/** `oakum downgrade`. */
export function downgradeCommand(deps: Deps) {
  const command = new Command("downgrade")
    .summary("take revisions back, with a backup first")
    .description(
      "Takes revisions back one at a time, newest first, after a backup and a question: what a " +
        "downgrade drops is gone from the database.",
    )
    .argument("<rev>", "where to: an identifier, -1, base, label@base", filled)
    .addOption(xOption())
    .addOption(lockTimeoutOption())
    .addOption(retriesOption())
    .addOption(safetyBackupOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .addOption(dryRunOption())
    .action((revision, { x, lockTimeout, ...given }, self) => {
      const { retries, backup, dryRun = false } = given;
      const common = { revision, retries, backup, dryRun, ...imageChoice(given) };
      return deps.run("downgrade", { ...common, ...NO_CHOICES }, self, { x, lockTimeout });
    });
  addExamples(command, [
    ["oakum downgrade -1", "the last revision"],
    ["oakum downgrade 4f1c --dry-run", "the plan of a longer way back"],
  ]);
  return command;
}
