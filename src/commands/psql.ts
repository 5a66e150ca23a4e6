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
    .description(
      "Opens psql in the database. It takes psql's own options, but for those below, which are " +
        "oakum's (-p, -h, -v alone); behind -- all go to psql. A script stops at its first error, " +
        "and oakum ends with psql's exit code then, 3; -v ON_ERROR_STOP=0 has it go on.",
    )
    .usage("[options] [args...]")
    .argument("[args...]", "arguments for psql")
    .action((args, _options, self) => deps.run("psql", { args }, self));
  addExamples(command, [
    ["oakum psql", "an interactive session"],
    ["oakum psql -c 'SELECT count(*) FROM bids'", "one query"],
    ["oakum psql -1 -f fix.sql", "a script of this machine, whole or not at all"],
  ]);
  return command;
}
