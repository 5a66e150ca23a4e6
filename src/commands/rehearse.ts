import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { globalsOf } from "./globals.ts";
import {
  fileForm,
  formatOption,
  fromEmptyOption,
  fromOption,
  healthOption,
  lastOption,
  outputOption,
  type RehearsalFormat,
  runOption,
  serviceOption,
  timeoutOption,
} from "./rehearsal_options.ts";
import {
  allowOption,
  contradiction,
  dryRunOption,
  type ImageChoice,
  imageChoice,
  imageOption,
  newImageOption,
  xOption,
} from "./shared_options.ts";
import { filled } from "./values.ts";

/** What `rehearse` takes. */
export interface RehearseOptions extends ImageChoice {
  /** Up to where, as typed, or how many of the revisions that are there last. */
  readonly span: { readonly kind: "to"; readonly revision: string } | {
    readonly kind: "last";
    readonly count: number;
  };
  /** What the copy is made of. */
  readonly data: { readonly kind: "backup" | "empty" } | {
    readonly kind: "file";
    /** As typed. */
    readonly file: string;
  };
  /** A command that is run in the app afterwards, on the new schema. */
  readonly run: string | undefined;
  /** The app is started on the new schema: until its own health check passes, or a URL answers. */
  readonly health:
    | { readonly kind: "check" }
    | { readonly kind: "url"; readonly url: string }
    | undefined;
  /** Findings that are accepted, by name. */
  readonly allow: readonly string[];
  readonly format: RehearsalFormat;
  /** A file that the report is written to, as typed; its ending may say the form. */
  readonly output: string | undefined;
  /** Milliseconds that one step may take; undefined: as the settings say. */
  readonly timeoutMs: number | undefined;
  /** Other services that the sandbox has, too. */
  readonly services: readonly string[];
  /** Whether today's model drift is recorded as known. */
  readonly baseline: boolean;
  readonly dryRun: boolean;
}

/** `oakum rehearse`. */
export function rehearseCommand(deps: Deps) {
  const command = new Command("rehearse")
    .summary("try pending revisions on a copy of the newest backup")
    .description(
      "Restores the newest backup into a sandbox without a network and runs pending revisions " +
        "there, in a clone of the app: each up, down and up again. Says what each locks, rewrites " +
        "and destroys, and whether it can be undone. The database itself is not touched. Exits " +
        "with 9 where something would stop an upgrade.",
    )
    .argument("[rev]", "where to: an identifier, head, +1, label@head (default: head)", filled)
    .addOption(lastOption())
    .addOption(fromEmptyOption())
    .addOption(fromOption())
    .addOption(runOption())
    .addOption(healthOption())
    .addOption(serviceOption())
    .addOption(timeoutOption())
    .addOption(allowOption("data-lost"))
    .option("--baseline", "record how the models differ from the schema now, as known")
    .addOption(formatOption())
    .addOption(outputOption())
    .addOption(xOption())
    .addOption(imageOption())
    .addOption(newImageOption())
    .addOption(dryRunOption())
    .action((revision, given, self) => {
      requireOneWish(self, revision, given);
      const { run, allow = [], format, output, baseline = false, dryRun = false } = given;
      const options: RehearseOptions = {
        span: spanOf(given.last, revision),
        data: dataOf(given.from, given.fromEmpty),
        health: healthOf(given.health),
        services: given.service ?? [],
        timeoutMs: given.timeout,
        ...{ run, allow, format, output, baseline, dryRun },
        ...imageChoice(given),
      };
      return deps.run("rehearse", options, self, { x: given.x });
    });
  addExamples(command, [
    ["oakum rehearse", "everything that is pending, on the newest backup"],
    ["oakum rehearse --last 1", "the newest revision, also where it is applied"],
    ["oakum rehearse --run 'pytest -q'", "and the app's tests on the new schema"],
    ["oakum rehearse --from-empty", "the whole history on an empty database, as in CI"],
    ["oakum rehearse --format github --output rehearsal.md", "annotations, and a file to post"],
  ]);
  return command;
}

/** What `commander` has no word for: two ways of saying which revisions, or of using stdout. */
function requireOneWish(
  command: CommandUnknownOpts,
  revision: string | undefined,
  { last, format, output }: { last?: number; format: RehearsalFormat; output?: string },
): void {
  if (last !== undefined && revision !== undefined) {
    contradiction(command, "--last says which revisions: no other can be named");
  }
  const toFile = output !== undefined && fileForm(output, format) === format;
  if (globalsOf(command).json && format !== "text" && !toFile) {
    contradiction(command, `--json and --format ${format} both want stdout`);
  }
}

function spanOf(last: number | undefined, revision = "head"): RehearseOptions["span"] {
  return last === undefined ? { kind: "to", revision } : { kind: "last", count: last };
}

function dataOf(file: string | undefined, empty: true | undefined): RehearseOptions["data"] {
  if (file !== undefined) return { kind: "file", file };
  return { kind: empty ? "empty" : "backup" };
}

function healthOf(health: string | true | undefined): RehearseOptions["health"] {
  if (health === undefined) return undefined;
  return health === true ? { kind: "check" } : { kind: "url", url: health };
}
