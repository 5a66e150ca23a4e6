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
    .description("Writes a commented oakum.yaml into the folder; one that is there is left alone.")
    .addOption(new Option("--guard <guard>", "what precedes a change").choices(GUARDS))
    .addOption(dryRunOption())
    .action(({ guard, dryRun = false }, self) => deps.run("init", { guard, dryRun }, self));
}
