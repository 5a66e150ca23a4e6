import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { DatabaseReference } from "../config/reference.ts";
import { contradiction } from "./shared_options.ts";
import { databaseReference, filled, projectName } from "./values.ts";

/** The options that every command takes, before its verb and after it. */
export interface Globals {
  readonly project?: string;
  readonly app?: string;
  readonly database?: DatabaseReference;
  readonly config?: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly yes: boolean;
  readonly color: boolean;
  /** `-C`, as given. */
  readonly directory?: string;
}

/** The heading that they stand under. */
export const GLOBAL_GROUP = "Global options:";

/** New ones for each command, since commander ties an option to one command. */
function globalOptions(): Option[] {
  return [
    new Option("-p, --project <project>", "the stack, as docker compose -p").argParser(projectName),
    new Option("-C, --directory <dir>", "look from this folder, as git -C").argParser(filled),
    new Option("--app <service>", "the service that has the migrations").argParser(filled),
    new Option(
      "--database <service[/name]>",
      "the database's service, and its name where there are several",
    ).argParser(databaseReference),
    new Option("--config <file>", "settings, instead of the nearest oakum.yaml").argParser(filled),
    new Option(
      "--json",
      "print JSON; a long run prints its events first, a line each, unless --quiet",
    ),
    new Option("-q, --quiet", "print results, warnings and errors only"),
    new Option("-v, --verbose", "print more: where values came from, causes, SQL"),
    new Option("-y, --yes", "answer yes where it asks whether to go on"),
    new Option("--no-color", "no colours; NO_COLOR does the same"),
  ];
}

/** How many words at this place are one global option with its value; 0 where none stands there. */
export function globalOption(words: readonly string[], at: number): number {
  const word = words[at] ?? "";
  if (word === "-h" || word === "--help") return 1;
  const [name] = word.split("=");
  const option = globalOptions().find(({ long, short }) =>
    long === name || short === word || short !== undefined && isAttached(word, short)
  );
  if (!option) return 0;
  const inside = word.includes("=") || option.short !== undefined && isAttached(word, option.short);
  return option.required && !inside ? 2 : 1;
}

/** Only those that take a value: `-pshop`. */
function isAttached(word: string, short: string): boolean {
  return ["-p", "-C"].includes(short) && word.startsWith(short) && word.length > 2;
}

/** Gives a command the global options and help. */
export function addGlobals(command: CommandUnknownOpts): void {
  for (const option of globalOptions()) command.addOption(option.helpGroup(GLOBAL_GROUP));
  command.addHelpOption(new Option("-h, --help", "print help").helpGroup(GLOBAL_GROUP));
}

/** The global options as given before the verb, after it, or both; the later one wins. */
export function globalsOf(command: CommandUnknownOpts): Globals {
  const line: CommandUnknownOpts[] = [];
  for (let at: CommandUnknownOpts | null = command; at; at = at.parent) line.unshift(at);
  const given = line.flatMap((each) =>
    globalOptions().map((option) => option.attributeName())
      .filter((name) => each.getOptionValueSource(name) === "cli")
      .map((name) => [name, each.getOptionValue(name)] as const)
  );
  if (given.some(([name]) => name === "quiet") && given.some(([name]) => name === "verbose")) {
    contradiction(command, "--quiet and --verbose contradict each other");
  }
  return {
    json: false,
    quiet: false,
    verbose: false,
    yes: false,
    color: true,
    ...Object.fromEntries(given),
  };
}
