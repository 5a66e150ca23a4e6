import { Command, Option } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import {
  type ImageChoice,
  imageChoice,
  imageOption,
  newImageOption,
  xOption,
} from "./shared_options.ts";
import { refuse } from "./values.ts";

/** What `history` takes. */
export interface HistoryOptions extends ImageChoice {
  /** The ends of `--rev-range`; an end that is not given is open. */
  readonly range: RevisionRange | undefined;
}

/** From a revision to another one, as in `4f1c:head`. */
export interface RevisionRange {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** `oakum history`. */
export function historyCommand(deps: Deps) {
  const command = new Command("history")
    .summary("all revisions, with the place of the database")
    .description("Draws the graph of revisions, newest first, and marks where the database is.")
    .addOption(
      new Option("-r, --rev-range <range>", "from:to; either may be missing").argParser(range),
    )
    .addOption(new Option("-i, --indicate-current", "as Alembic has it; always on").hideHelp())
    .addOption(xOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .action(({ revRange, x, ...images }, self) =>
      deps.run("history", { range: revRange, ...imageChoice(images) }, self, { x })
    );
  addExamples(command, [["oakum history -r current:head", "what an upgrade would apply"]]);
  return command;
}

function range(text: string): RevisionRange {
  const [, from, to] = /^([^:\0]*):([^:\0]*)$/.exec(text) ?? [];
  if (from === undefined) {
    throw refuse("two revisions with a colon between them, such as base:head");
  }
  return { from: from || undefined, to: to || undefined };
}
