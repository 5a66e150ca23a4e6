import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { duration, filled, gathered, ruleNames, wholeNumber } from "./values.ts";

/** Which image the app's migrations are read from. */
export interface ImageChoice {
  /** `--new-image`: what the service's tag points to now; else an image's name; else what runs. */
  readonly image: { readonly kind: "running" } | { readonly kind: "new" } | {
    readonly kind: "named";
    readonly name: string;
  };
}

/** `-x`, as Alembic has it. */
export const xOption = () =>
  new Option("-x <arg>", "an argument for env.py; repeatable").argParser(gathered);

/** `--dry-run`. */
export const dryRunOption = () => new Option("--dry-run", "print the plan and change nothing");

/** `--allow RULE`; the example is a name that the verb takes. */
export const allowOption = (example: "data-lost" | "logical-slot") =>
  new Option("--allow <rule>", "accept a finding, by its name; repeatable")
    .argParser(ruleNames(example));

/** `--dir`. */
export const dirOption = () =>
  new Option(
    "--dir <dir>",
    "the folder of the backups (default: backups/ beside oakum.yaml, else of the stack)",
  ).argParser(filled);

/** `--note`. */
export const noteOption = () =>
  new Option("--note <text>", "a remark to keep with it").argParser(filled);

/** `--new-image`. */
export const newImageOption = () =>
  new Option("--new-image", "use the image that the app's tag points to now").conflicts("image");

/** `--image`. */
export const imageOption = () =>
  new Option("--image <image>", "use this image of the app").argParser(filled);

/** `--lock-timeout`. */
export const lockTimeoutOption = () =>
  new Option("--lock-timeout <duration>", "how long a step waits for a lock (default: 3s)")
    .argParser(duration);

/** `--retries`. */
export const retriesOption = () =>
  new Option("--retries <number>", "how often a step that got no lock is tried again (default: 10)")
    .argParser(wholeNumber(0, 1000));

/** `--backup`. */
export const safetyBackupOption = () =>
  new Option("--backup <when>", "whether a backup is taken first; auto: as the guard says")
    .choices(["auto", "none"] as const).default("auto" as const);

/** The image that `--image` and `--new-image` name. */
export function imageChoice(options: { image?: string; newImage?: true }): ImageChoice {
  if (options.newImage) return { image: { kind: "new" } };
  if (options.image === undefined) return { image: { kind: "running" } };
  return { image: { kind: "named", name: options.image } };
}

/** Ends a command whose options do not go together. */
export function contradiction(command: CommandUnknownOpts, message: string): never {
  return command.error(message, { exitCode: 2, code: "oakum.contradiction" });
}
