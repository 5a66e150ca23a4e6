import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";

/** `status` takes the global options only. */
export type StatusOptions = Readonly<Record<never, never>>;

/** `oakum status`. */
export function statusCommand(deps: Deps) {
  const command = new Command("status")
    .summary("stack, database, revision and last backup on one screen")
    .description(
      "Shows the stack, its app and database, the revision against the heads, what is pending, " +
        "who else migrates, the last backup, and what a dead run left behind. Where the database " +
        "is down it says so, and what to do next.",
    )
    .action((_options, self) => deps.run("status", {}, self));
  addExamples(command, [
    ["oakum status", "the stack of this folder"],
    ["oakum -p shop status --verbose", "another one, with where each value came from"],
  ]);
  return command;
}
