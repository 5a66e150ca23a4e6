import type { CommandUnknownOpts, Help } from "@commander-js/extra-typings";
import { EXIT_CODES, type Outcome } from "../core/errors.ts";
import type { Style } from "../terminal/style.ts";
import { shownWidth } from "../terminal/prose.ts";

const EXITS: Readonly<Record<Outcome, string>> = {
  done: "done",
  failed: "failed",
  usage: "the command line or the settings cannot be used",
  partial: "partial: some targets failed",
  refused: "refused before anything changed",
  unchanged: "failed, and the database is as before the command",
  changed: "failed, and it is not: the message says where it stands",
  finding: "a check found something, a backup looks wrong, the app is not well",
  notFound: "the target was not found, or is ambiguous",
  locked: "locked by another run",
  docker: "Docker cannot be reached",
  key: "wrong key; kept for encrypted backups",
  interrupted: "interrupted",
};

/** The table of exit codes in `oakum --help`. */
export function exitCodeHelp(): string {
  const lines = Object.entries(EXIT_CODES).map(([outcome, code]) =>
    `  ${String(code).padStart(3)}  ${EXITS[outcome as Outcome]}`
  );
  return ["Exit codes:", ...lines].join("\n");
}

/** How help looks; widths are those of the terminal, at most 100. */
export function helpManners(style: Style) {
  return {
    minWidthToWrap: 20,
    formatHelp: helpText,
    displayWidth: shownWidth,
    optionDescription: describe,
    argumentDescription: describe,
    subcommandTerm: (command: CommandUnknownOpts) => command.name(),
    styleTitle: (text: string) => style("strong", text),
    styleSubcommandText: (text: string) => style("accent", text),
    styleOptionText: (text: string) => style("accent", text),
    styleArgumentText: (text: string) => style("accent", text),
  };
}

/** Usage, description, commands by group, arguments, options by group: in that order. */
function helpText(command: CommandUnknownOpts, helper: Help): string {
  const usage = helper.styleUsage(helper.commandUsage(command));
  const about = helper.boxWrap(helper.commandDescription(command), helper.helpWidth ?? 80);
  const sections = [
    `${helper.styleTitle("Usage:")} ${usage}`,
    about,
    ...commandSections(command, helper),
    ...optionSections(command, helper),
  ];
  return sections.map((section) => `${section}\n`).join("\n");
}

type Item = readonly [term: string, text: string];

function commandSections(command: CommandUnknownOpts, helper: Help): string[] {
  const groups = Map.groupBy(helper.visibleCommands(command), (each) => each.helpGroup());
  const titled = Array.from(groups, ([title, commands]) => {
    const items = commands.map((each): Item => [
      helper.styleSubcommandTerm(helper.subcommandTerm(each)),
      helper.subcommandDescription(each),
    ]);
    return [title || "Commands:", items] as const;
  });
  return aligned(titled, helper);
}

function optionSections(command: CommandUnknownOpts, helper: Help): string[] {
  const groups = Map.groupBy(
    helper.visibleOptions(command),
    (each) => each.helpGroupHeading ?? "Options:",
  );
  const arguments_ = helper.visibleArguments(command).map((each): Item => [
    helper.styleArgumentTerm(helper.argumentTerm(each)),
    helper.argumentDescription(each),
  ]);
  const titled = Array.from(groups, ([title, options]) => {
    const items = options.map((each): Item => [
      helper.styleOptionTerm(helper.optionTerm(each)),
      helper.optionDescription(each),
    ]);
    return [title, items] as const;
  });
  return aligned([["Arguments:", arguments_], ...titled], helper);
}

/** Sections whose descriptions begin in one column; empty ones are left out. */
function aligned(
  sections: readonly (readonly [string, readonly Item[]])[],
  helper: Help,
): string[] {
  const terms = sections.flatMap(([, items]) => items.map(([term]) => helper.displayWidth(term)));
  const indent = Math.max(0, ...terms);
  return sections.filter(([, items]) => items.length > 0).map(([title, items]) => {
    const lines = items.map(([term, text]) => helper.formatItem(term, indent, text, helper));
    return [helper.styleTitle(title), ...lines].join("\n");
  });
}

/** What there is to choose from, and the default, in brackets. */
function describe(
  { description, argChoices, defaultValue }: {
    readonly description: string;
    readonly argChoices?: readonly string[] | undefined;
    readonly defaultValue?: unknown;
  },
): string {
  const choices = argChoices ? [argChoices.join(", ")] : [];
  const fallback = typeof defaultValue === "string" ? [`default: ${defaultValue}`] : [];
  const more = [...choices, ...fallback].join("; ");
  return more ? `${description} (${more})` : description;
}
