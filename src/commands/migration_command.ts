import type { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
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

/** What `upgrade` and `downgrade` take. */
export interface MigrationOptions extends ImageChoice {
  /** As typed: an identifier or its beginning, `head`, `base`, `+1`, `-1`, `label@head`. */
  readonly revision: string;
  readonly retries: number | undefined;
  /** `auto` as the guard says. */
  readonly backup: "auto" | "none";
  readonly dryRun: boolean;
}

/** Gives `upgrade` or `downgrade`, which has its argument already, all that both of them take. */
export function migrationCommand(
  deps: Deps,
  verb: "upgrade" | "downgrade",
  command: Command<[string]>,
) {
  return command
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
        return deps.run(verb, options, self, { x, lockTimeout });
      },
    );
}
