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

/** `oakum downgrade`; it takes what `upgrade` takes. */
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
    .action(
      (
        revision,
        { x, lockTimeout, retries, backup, dryRun = false, ...images },
        self,
      ) => {
        const options = { revision, retries, backup, dryRun, ...imageChoice(images) };
        return deps.run("downgrade", options, self, { x, lockTimeout });
      },
    );
  addExamples(command, [
    ["oakum downgrade -1", "the last revision"],
    ["oakum downgrade 4f1c --dry-run", "the plan of a longer way back"],
  ]);
  return command;
}
