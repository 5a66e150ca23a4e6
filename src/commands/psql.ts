import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";

/** What `psql` takes. */
export interface PsqlOptions {
  /** Arguments for psql itself, untouched. */
  readonly args: readonly string[];
}

/** `oakum psql`. */
export function psqlCommand(deps: Deps) {
  const command = new Command("psql")
    .summary("a psql session in the database")
    .description("Opens psql in the database; what stands behind -- goes to psql as it is.")
    .usage("[options] [-- args...]")
    .argument("[args...]", "arguments for psql")
    .action((args, _options, self) => deps.run("psql", { args }, self));
  addExamples(command, [
    ["oakum psql", "an interactive session"],
    ["oakum psql -- -c 'SELECT count(*) FROM bids'", "one query"],
  ]);
  return command;
}
