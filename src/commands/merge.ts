import { Command, Option } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { dryRunOption, xOption } from "./shared_options.ts";
import { filled, gathered } from "./values.ts";

/** What `merge` takes. */
export interface MergeOptions {
  /** As typed; empty means all heads. */
  readonly revisions: readonly string[];
  readonly message: string | undefined;
  readonly branchLabel: string | undefined;
  readonly revId: string | undefined;
  readonly dryRun: boolean;
}

/** `oakum merge`. */
export function mergeCommand(deps: Deps) {
  const command = new Command("merge")
    .summary("a revision that joins several heads")
    .description("Makes a revision that joins several heads, and names their common ancestor.")
    .argument("[revs...]", "the revisions to join (default: all heads)", gathered)
    .addOption(new Option("-m, --message <text>", "what it does").argParser(filled))
    .addOption(new Option("--branch-label <label>", "a label for its branch").argParser(filled))
    .addOption(
      new Option("--rev-id <id>", "its identifier, instead of a new one").argParser(filled),
    )
    .addOption(xOption())
    .addOption(dryRunOption())
    .action((revisions = [], { message, branchLabel, revId, dryRun = false, x }, self) => {
      return deps.run("merge", { revisions, message, branchLabel, revId, dryRun }, self, { x });
    });
  addExamples(command, [['oakum merge -m "join bids and payments"', "all heads into one"]]);
  return command;
}
