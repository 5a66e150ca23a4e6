import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import {
  dryRunOption,
  type ImageChoice,
  imageChoice,
  imageOption,
  newImageOption,
  xOption,
} from "./shared_options.ts";
import { gathered } from "./values.ts";

/** What `stamp` takes. */
export interface StampOptions extends ImageChoice {
  /** As typed; at least one. */
  readonly revisions: readonly string[];
  /** Whether the version table is emptied first. */
  readonly purge: boolean;
  readonly dryRun: boolean;
}

/** `oakum stamp`. */
export function stampCommand(deps: Deps) {
  const command = new Command("stamp")
    .summary("record a revision as applied, and run nothing")
    .description("Writes into the version table that the database is at a revision; runs nothing.")
    .argument("<revs...>", "identifiers, head, heads, base", gathered)
    .option("--purge", "empty the version table first")
    .addOption(xOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .addOption(dryRunOption())
    .action((revisions, { purge = false, dryRun = false, x, ...images }, self) => {
      return deps.run("stamp", { revisions, purge, dryRun, ...imageChoice(images) }, self, { x });
    });
  addExamples(command, [["oakum stamp head", "the schema is there already"]]);
  return command;
}
