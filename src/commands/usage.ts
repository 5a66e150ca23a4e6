import type { CommanderError, CommandUnknownOpts } from "@commander-js/extra-typings";
import { OakumError } from "../core/errors.ts";

/** Commander's ways to end that are no errors: help and version were printed. */
const PRINTED: ReadonlySet<string> = new Set([
  "commander.help",
  "commander.helpDisplayed",
  "commander.version",
]);

/** Thrown where help or the version was printed, and nothing more is to be done. */
export class Printed extends Error {}

/** Turns what commander throws for a command into an error with its usage line. */
export function usageErrorOf(command: CommandUnknownOpts, error: CommanderError): Error {
  if (PRINTED.has(error.code) && error.exitCode === 0) return new Printed();
  const [message = "", ...more] = messageOf(command, error).split("\n");
  const meant = more.join(" ").replaceAll(/[()]/g, "").trim();
  const name = commandName(command);
  const usage = `Usage: ${name} ${command.usage()}`;
  return new OakumError("usage", "usage", `${sentence(message)}${meant && ` ${meant}`}`, {
    hint: `${usage}\n\`${name} --help\` says more.`,
    data: { command: name },
  });
}

function messageOf(command: CommandUnknownOpts, error: CommanderError): string {
  if (error.code !== "commander.help") return inOurWords(error.message.replace(/^error: /, ""));
  const verbs = command.createHelp().visibleCommands(command).map((each) => each.name());
  return `A command is missing: ${verbs.length > 1 ? "one of " : ""}${verbs.join(", ")}`;
}

/** What commander says of a value that is not accepted. */
function inOurWords(text: string): string {
  return text
    .replace(
      /^command-argument value '(.*)' is invalid for argument '(.*?)'\./s,
      "the $2 cannot be '$1'.",
    )
    .replace(/^(option '.*?') argument '(.*)' is invalid\./s, "$1 cannot be '$2'.")
    .replace(/\. Allowed choices are /, ". Choose one of ");
}

/** `oakum config schema`. */
function commandName(command: CommandUnknownOpts): string {
  const parent = command.parent ? `${commandName(command.parent)} ` : "";
  return parent + command.name();
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(begun) ? begun : `${begun}.`;
}
