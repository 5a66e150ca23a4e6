import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import {
  dryRunOption,
  type ImageChoice,
  imageChoice,
  imageOption,
  lockTimeoutOption,
  newImageOption,
  retriesOption,
  safetyBackupOption,
  xOption,
} from "./shared_options.ts";
import { filled } from "./values.ts";

/** What `upgrade` and `downgrade` take. */
export interface MigrationOptions extends ImageChoice {
  /** As typed: an identifier or its beginning, `head`, `base`, `+1`, `-1`, `label@head`. */
  readonly revision: string;
  readonly retries: number | undefined;
  /** `auto` as the guard says. */
  readonly backup: "auto" | "none";
  readonly dryRun: boolean;
}

/** `oakum upgrade`. */
export function upgradeCommand(deps: Deps) {
  const command = new Command("upgrade")
    .summary("apply pending revisions, with a backup first")
    .description(
      "Applies pending revisions one at a time, each checked from a second connection. Takes a " +
        "backup first, says what it will do, and where it stands if a step fails.",
    )
    .argument("[rev]", "where to: an identifier, head, +1, label@head", filled, "head")
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
        return deps.run("upgrade", options, self, { x, lockTimeout });
      },
    );
  addExamples(command, [
    ["oakum upgrade", "everything that is pending"],
    ["oakum upgrade +1", "one revision"],
    ["oakum upgrade --dry-run", "the plan only"],
    ["oakum upgrade --new-image", "with the migrations of a newly built image"],
  ]);
  return command;
}
