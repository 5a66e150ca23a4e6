import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** Something that could come next. */
export interface Candidate {
  readonly value: string;
  readonly text: string;
}

/** What could come next; `paths` where the shell should offer its own files or folders. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly paths: "files" | "folders" | undefined;
}

/** What only the stack or the disk knows. */
export type LookUpKind = "backup" | "database" | "service" | "project" | "revision";

/** Looks values up for completion; quick, quiet, and empty where it cannot. */
export type LookUp = (
  kind: LookUpKind,
  given: ReadonlyMap<string, string>,
) => Promise<readonly Candidate[]>;

/** Where the words have led so far. */
interface Place {
  readonly command: CommandUnknownOpts;
  /** How many arguments of the command are there already. */
  readonly operands: number;
  /** The option that waits for its value. */
  readonly waiting: Option | undefined;
  /** Whether `--` has been said. */
  readonly literal: boolean;
  /** Values of options so far, by attribute name. */
  readonly given: ReadonlyMap<string, string>;
}

const NOTHING: Completion = { candidates: [], paths: undefined };

/** Completes the last of the words; the ones before it say where we are. */
export async function complete(
  program: CommandUnknownOpts,
  words: readonly string[],
  lookUp: LookUp,
): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const place = words.slice(0, -1).reduce(step, start(program));
  const found = await candidatesAt(place, current, lookUp);
  return {
    ...found,
    candidates: found.candidates.filter(({ value }) => value.startsWith(current)),
  };
}

function start(command: CommandUnknownOpts): Place {
  return { command, operands: 0, waiting: undefined, literal: false, given: new Map() };
}

function step(place: Place, word: string): Place {
  const { command, waiting, given } = place;
  if (waiting) {
    const more = new Map([...given, [waiting.attributeName(), word]]);
    return { ...place, waiting: undefined, given: more };
  }
  if (place.literal) return { ...place, operands: place.operands + 1 };
  if (word === "--") return { ...place, literal: true };
  if (/^-\D/.test(word)) return afterOption(place, word);
  const verb = place.operands === 0
    ? command.commands.find((each) => each.name() === word)
    : undefined;
  return verb ? { ...place, command: verb } : { ...place, operands: place.operands + 1 };
}

function afterOption(place: Place, word: string): Place {
  const [name = "", value] = word.split(/=(.*)/s);
  const option = optionOf(place.command, name);
  if (!option?.required) return place;
  if (value === undefined) return { ...place, waiting: option };
  return { ...place, given: new Map([...place.given, [option.attributeName(), value]]) };
}

function optionOf(command: CommandUnknownOpts, name: string): Option | undefined {
  return command.options.find((option) => option.long === name || option.short === name);
}

function candidatesAt(place: Place, current: string, lookUp: LookUp): Promise<Completion> {
  const { command, waiting, given } = place;
  if (waiting) return valuesOf(valueName(waiting.flags), waiting.argChoices, given, lookUp);
  const [name = "", value] = current.split(/=(.*)/s);
  const option = value === undefined ? undefined : optionOf(command, name);
  if (option?.required && !place.literal) return joinedValues(option, given, lookUp);
  if (current.startsWith("-") && !place.literal) return Promise.resolve(optionsOf(command));
  if (command.commands.length > 0) {
    return Promise.resolve(place.operands === 0 ? verbsOf(command) : NOTHING);
  }
  const { registeredArguments: known } = command;
  const last = known.at(-1);
  const argument = known[place.operands] ?? (last?.variadic ? last : undefined);
  if (!argument) return Promise.resolve(NOTHING);
  return valuesOf(argument.name(), argument.argChoices, given, lookUp);
}

/** `--format=custom`: the value with its option before it. */
async function joinedValues(
  option: Option,
  given: ReadonlyMap<string, string>,
  lookUp: LookUp,
): Promise<Completion> {
  const values = await valuesOf(valueName(option.flags), option.argChoices, given, lookUp);
  const candidates = values.candidates.map(({ value, text }) => ({
    value: `${option.long}=${value}`,
    text,
  }));
  return { candidates, paths: values.paths };
}

function optionsOf(command: CommandUnknownOpts): Completion {
  const options = command.createHelp().visibleOptions(command);
  const candidates = options.flatMap(({ long, description }) =>
    long ? [{ value: long, text: description }] : []
  );
  return { candidates, paths: undefined };
}

function verbsOf(command: CommandUnknownOpts): Completion {
  const verbs = command.createHelp().visibleCommands(command);
  const candidates = verbs.map((verb) => ({
    value: verb.name(),
    text: verb.summary() || verb.description(),
  }));
  return { candidates, paths: undefined };
}

/** `dir` of `--dir <dir>`, `service[/name]` of `--database <service[/name]>`. */
function valueName(flags: string): string {
  return /[<[](.+)[>\]]/.exec(flags)?.[1]?.replace("...", "") ?? "";
}

const REVISIONS: readonly Candidate[] = [
  { value: "head", text: "the newest revision" },
  { value: "heads", text: "the newest revision of every branch" },
  { value: "base", text: "before the first revision" },
  { value: "+1", text: "one up" },
  { value: "-1", text: "one down" },
];
const LATEST: Candidate = { value: "latest", text: "the newest good backup" };

/** Values by what the help calls them, such as `<dir>` or `[backup]`. */
async function valuesOf(
  name: string,
  choices: readonly string[] | undefined,
  given: ReadonlyMap<string, string>,
  lookUp: LookUp,
): Promise<Completion> {
  if (choices) {
    return { candidates: choices.map((value) => ({ value, text: "" })), paths: undefined };
  }
  const looked = async (kind: LookUpKind, known: readonly Candidate[] = []) => [
    ...known,
    ...await lookUp(kind, given),
  ];
  switch (name) {
    case "dir":
      return { candidates: [], paths: "folders" };
    case "file":
    case "files":
      return { candidates: [], paths: "files" };
    case "backup":
      return { candidates: await looked("backup", [LATEST]), paths: "files" };
    case "service[/name]":
      return { candidates: await looked("database"), paths: undefined };
    case "service":
      return { candidates: await looked("service"), paths: undefined };
    case "project":
      return { candidates: await looked("project"), paths: undefined };
    case "rev":
    case "revs":
      return { candidates: await looked("revision", REVISIONS), paths: undefined };
    default:
      return NOTHING;
  }
}
