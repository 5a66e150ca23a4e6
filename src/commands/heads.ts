import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import {
  type ImageChoice,
  imageChoice,
  imageOption,
  newImageOption,
  xOption,
} from "./shared_options.ts";

/** What `heads` takes. */
export interface HeadsOptions extends ImageChoice {
  /** Whether dependencies count as down revisions. */
  readonly resolveDependencies: boolean;
}

/** `oakum heads`. */
export function headsCommand(deps: Deps) {
  return new Command("heads")
    .summary("the newest revision of every branch")
    .description("Shows the revisions that nothing comes after.")
    .option("--resolve-dependencies", "treat dependencies as down revisions")
    .addOption(xOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .action(({ resolveDependencies = false, x, ...images }, self) =>
      deps.run("heads", { resolveDependencies, ...imageChoice(images) }, self, { x })
    );
}
