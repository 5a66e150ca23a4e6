import { Command, Option } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { allowOption, contradiction, dirOption, dryRunOption } from "./shared_options.ts";
import { filled, wholeNumber } from "./values.ts";

/** What `restore` takes. */
export interface RestoreOptions {
  /** What is done: load a backup, swap the old database back, or drop the old one. */
  readonly action:
    | { readonly kind: "load"; readonly backup: string }
    | { readonly kind: "undo" }
    | {
      readonly kind: "finalize";
    };
  /** A database beside the live one, which then is not touched. */
  readonly into: string | undefined;
  readonly jobs: number | undefined;
  /** Findings that are accepted, by name. */
  readonly allow: readonly string[];
  readonly createRoles: boolean;
  /** Whether objects keep the owners that the dump names. */
  readonly owner: boolean;
  readonly dryRun: boolean;
}

/** `oakum restore`. */
export function restoreCommand(deps: Deps) {
  const command = new Command("restore")
    .summary("load a backup beside the database, then swap it in")
    .description(
      "Loads a backup into a fresh database, compares it with its manifest, and swaps it in. " +
        "The old database stays beside it under another name: --undo swaps it back, " +
        "--finalize drops it.",
    )
    .argument(
      "[backup]",
      "a name, latest, or a file, also of another tool (default: latest)",
      filled,
    )
    .addOption(dirOption())
    .addOption(new Option("--into <name>", "a new database beside the live one").argParser(filled))
    .addOption(new Option("--undo", "swap the old database back").conflicts(["into", "finalize"]))
    .addOption(new Option("--finalize", "drop the old database for good").conflicts("into"))
    .addOption(
      new Option(
        "--jobs <number>",
        "tables loaded at the same time (default: one a core, 4 at most)",
      ).argParser(wholeNumber(1, 64)),
    )
    .addOption(allowOption("logical-slot"))
    .option("--create-roles", "create the roles that the dump needs and the server lacks")
    .option("--no-owner", "let everything belong to the role that restores")
    .addOption(dryRunOption())
    .action((backup, { dir, into, jobs, allow = [], owner, ...flags }, self) => {
      const { undo, finalize, createRoles = false, dryRun = false } = flags;
      if (backup !== undefined && (undo || finalize)) {
        contradiction(self, "--undo and --finalize take no backup");
      }
      const action = undo
        ? { kind: "undo" } as const
        : finalize
        ? { kind: "finalize" } as const
        : { kind: "load", backup: backup ?? "latest" } as const;
      const options = { action, into, jobs, allow, createRoles, owner, dryRun };
      return deps.run("restore", options, self, { backupDir: dir });
    });
  addExamples(command, [
    ["oakum restore", "the newest good backup"],
    ["oakum restore db_backup_20261122_143914 --into look", "beside the live database"],
    ["oakum restore --undo", "back to what was there before"],
  ]);
  return command;
}
