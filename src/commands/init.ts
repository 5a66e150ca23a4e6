import { Command, Option } from "@commander-js/extra-typings";
import { type Guard, GUARDS } from "../config/levels.ts";
import type { Deps } from "./deps.ts";
import { dryRunOption } from "./shared_options.ts";

/** What `init` takes. */
export interface InitOptions {
  /** Undefined is asked for. */
  readonly guard: Guard | undefined;
  readonly dryRun: boolean;
}

/** `oakum init`. */
export function initCommand(deps: Deps) {
  return new Command("init")
    .summary("write a commented oakum.yaml")
    .description(
      "Finds this folder's stack, its app and its database, asks what shall precede a change, and " +
        "writes a commented oakum.yaml here. One that is there is left alone.",
    )
    .addOption(
      new Option("--guard <guard>", "what precedes a change; asked for where it is not given")
        .choices(GUARDS),
    )
    .addOption(dryRunOption())
    .action(({ guard, dryRun = false }, self) => deps.run("init", { guard, dryRun }, self));
}
