import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import {
  type ImageChoice,
  imageChoice,
  imageOption,
  newImageOption,
  xOption,
} from "./shared_options.ts";
import { filled } from "./values.ts";

/** What `show` takes. */
export interface ShowOptions extends ImageChoice {
  /** As typed: an identifier, its beginning, `head`, `current`, `label@head` … */
  readonly revision: string;
}

/** `oakum show`. */
export function showCommand(deps: Deps) {
  return new Command("show")
    .summary("one revision: its file, message and neighbours")
    .description("Shows one revision: its file, message, date and neighbours.")
    .argument("<rev>", "an identifier or its beginning, head, current, label@head", filled)
    .addOption(xOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .action((revision, { x, ...images }, self) =>
      deps.run("show", { revision, ...imageChoice(images) }, self, { x })
    );
}
