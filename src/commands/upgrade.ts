import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { migrationCommand } from "./migration_command.ts";
import { filled } from "./values.ts";

/** `oakum upgrade`. */
export function upgradeCommand(deps: Deps) {
  const upgrade = new Command("upgrade")
    .summary("apply pending revisions, with a backup first")
    .description(
      "Applies pending revisions one at a time, each checked from a second connection. Takes a " +
        "backup first, says what it will do, and where it stands if a step fails.",
    )
    .argument("[rev]", "where to: an identifier, head, +1, label@head", filled, "head");
  const command = migrationCommand(deps, "upgrade", upgrade);
  addExamples(command, [
    ["oakum upgrade", "everything that is pending"],
    ["oakum upgrade +1", "one revision"],
    ["oakum upgrade --dry-run", "the plan only"],
    ["oakum upgrade --new-image", "with the migrations of a newly built image"],
  ]);
  return command;
}
