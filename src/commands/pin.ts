import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { dirOption, noteOption } from "./shared_options.ts";
import { filled } from "./values.ts";

/** What `pin` takes. */
export interface PinOptions {
  /** A name or `latest`. */
  readonly backup: string;
  readonly note: string | undefined;
  /** Whether the pin is taken away. */
  readonly remove: boolean;
}

/** `oakum pin`. */
export function pinCommand(deps: Deps) {
  return new Command("pin")
    .summary("keep a backup for good, and take it for a good one")
    .description(
      "Keeps a backup whatever the policy says; a suspect one counts as good from then on.",
    )
    .argument("<backup>", "a name or latest", filled)
    .addOption(dirOption())
    .addOption(noteOption().conflicts("remove"))
    .option("--remove", "take the pin away")
    .action((backup, { dir, note, remove = false }, self) =>
      deps.run("pin", { backup, note, remove }, self, { backupDir: dir })
    );
}
