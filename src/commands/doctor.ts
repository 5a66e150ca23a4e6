import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { xOption } from "./shared_options.ts";

/** What `doctor` takes. */
export interface DoctorOptions {
  /** Whether what a dead run left behind is ended, after a question. */
  readonly endLeftovers: boolean;
  /** Whether the revision is looked for that the schema is of. */
  readonly locate: boolean;
}

/** `oakum doctor`. */
export function doctorCommand(deps: Deps) {
  return new Command("doctor")
    .summary("each known trouble: found or not, and what mends it")
    .description(
      "Looks for each known trouble and prints the command that mends it. Mends nothing by " +
        "itself; exits with 9 where it found something.",
    )
    .option("--end-leftovers", "end what a dead run left behind")
    .option("--locate", "find the revision that the schema is of, by a replay in a sandbox")
    .addOption(xOption())
    .action(({ endLeftovers = false, locate = false, x }, self) =>
      deps.run("doctor", { endLeftovers, locate }, self, { x })
    );
}
