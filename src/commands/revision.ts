import { Command, Option } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { dryRunOption, xOption } from "./shared_options.ts";
import { filled, gathered } from "./values.ts";

/** What `revision` takes, all as Alembic means it. */
export interface RevisionOptions {
  readonly message: string | undefined;
  readonly autogenerate: boolean;
  /** The head that the new revision stands on. */
  readonly head: string | undefined;
  readonly splice: boolean;
  readonly branchLabel: string | undefined;
  readonly versionPath: string | undefined;
  readonly revId: string | undefined;
  readonly dependsOn: readonly string[];
  readonly dryRun: boolean;
}

/** `oakum revision`. */
export function revisionCommand(deps: Deps) {
  const command = new Command("revision")
    .summary("a new revision file, on the host and owned by you")
    .description("Makes a new revision file in the app and leaves it on the host, owned by you.")
    .addOption(new Option("-m, --message <text>", "what it does").argParser(filled))
    .option("--autogenerate", "fill it from the models, and flag what may be a rename")
    .addOption(new Option("--head <rev>", "the head that it stands on").argParser(filled))
    .option("--splice", "allow a revision that is no head as its base")
    .addOption(new Option("--branch-label <label>", "a label for its branch").argParser(filled))
    .addOption(new Option("--version-path <path>", "the folder of its file").argParser(filled))
    .addOption(
      new Option("--rev-id <id>", "its identifier, instead of a new one").argParser(filled),
    )
    .addOption(new Option("--depends-on <rev>", "needs it first; repeatable").argParser(gathered))
    .addOption(xOption())
    .addOption(dryRunOption())
    .action((options, self) => {
      const { message, head, branchLabel, versionPath, revId, dependsOn = [], x } = options;
      const { autogenerate = false, splice = false, dryRun = false } = options;
      const names = { message, head, branchLabel, versionPath, revId, dependsOn };
      return deps.run("revision", { ...names, autogenerate, splice, dryRun }, self, { x });
    });
  addExamples(command, [
    ['oakum revision -m "add bids"', "an empty one"],
    ['oakum revision -m "add bids" --autogenerate', "filled from the models"],
  ]);
  return command;
}
