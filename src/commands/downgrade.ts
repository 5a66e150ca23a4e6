import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { migrationCommand } from "./migration_command.ts";
import { filled } from "./values.ts";

/** `oakum downgrade`; it takes what `upgrade` takes. */
export function downgradeCommand(deps: Deps) {
  const downgrade = new Command("downgrade")
    .summary("take revisions back, with a backup first")
    .description(
      "Takes revisions back one at a time, newest first, after a backup and a question: what a " +
        "downgrade drops is gone from the database.",
    )
    .argument("<rev>", "where to: an identifier, -1, base, label@base", filled);
  const command = migrationCommand(deps, "downgrade", downgrade);
  addExamples(command, [
    ["oakum downgrade -1", "the last revision"],
    ["oakum downgrade 4f1c --dry-run", "the plan of a longer way back"],
  ]);
  return command;
}
