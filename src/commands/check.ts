import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import {
  type ImageChoice,
  imageChoice,
  imageOption,
  newImageOption,
  xOption,
} from "./shared_options.ts";

/** What `check` takes. */
export type CheckOptions = ImageChoice;

/** `oakum check`. */
export function checkCommand(deps: Deps) {
  return new Command("check")
    .summary("whether models and database agree (9 where not)")
    .description(
      "Compares the app's models with the database, as alembic check does, and shows the " +
        "operations that a new revision would have. Exits with 9 where there are any.",
    )
    .addOption(xOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .action(({ x, ...images }, self) => deps.run("check", imageChoice(images), self, { x }));
}
