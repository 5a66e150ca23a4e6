import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import {
  type ImageChoice,
  imageChoice,
  imageOption,
  newImageOption,
  xOption,
} from "./shared_options.ts";

/** What `current` takes. */
export interface CurrentOptions extends ImageChoice {
  /** Whether it is a finding that the database is not at the heads. */
  readonly checkHeads: boolean;
}

/** `oakum current`. */
export function currentCommand(deps: Deps) {
  return new Command("current")
    .summary("the revision that the database is at")
    .description("Shows the revision, or the revisions, that the database is at.")
    .option("--check-heads", "exit with 9 where that is not every head")
    .addOption(xOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .action(({ checkHeads = false, x, ...images }, self) =>
      deps.run("current", { checkHeads, ...imageChoice(images) }, self, { x })
    );
}
