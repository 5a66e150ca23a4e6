import { globalOption } from "./globals.ts";

/** One of psql's arguments, with its value. */
export interface PsqlArgument {
  /** As it was given: one word, or two. */
  readonly words: readonly string[];
  /** Its letter or long name; undefined for a word that is no option. */
  readonly name: string | undefined;
  /** Options without a value that stand in the same word, such as `At` in `-Atf`. */
  readonly before: string;
  readonly value: string | undefined;
}

const WITH_VALUE =
  /^(command|dbname|field-separator|file|host|log-file|output|port|pset|record-separator|set|table-attr|username|variable)$/;
const LETTERS_WITH_VALUE = "cdfFhLopPRTUv";
const ALONE = ["c", "command", "f", "file", "l", "list", "V", "version", "?", "help"];

/** psql's arguments one by one; behind `--` nothing is an option. */
export function psqlArguments(args: readonly string[]): PsqlArgument[] {
  const found: PsqlArgument[] = [];
  for (let at = 0; at < args.length;) {
    if (args[at] === "--") return [...found, ...args.slice(at).map(bare)];
    const one = argumentAt(args, at);
    found.push(one);
    at += one.words.length;
  }
  return found;
}

function bare(word: string): PsqlArgument {
  return { words: [word], name: undefined, before: "", value: undefined };
}

function argumentAt(args: readonly string[], at: number): PsqlArgument {
  const word = args[at]!;
  const [, long, attached] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (long !== undefined) {
    const waits = WITH_VALUE.test(long) && attached === undefined;
    return waits ? withNext(args, at, long, "") : { ...bare(word), name: long, value: attached };
  }
  if (!/^-./s.test(word)) return bare(word);
  // Up to the first that takes a value, letters after one dash are options of their own.
  const letters = [...word.slice(1)];
  const taking = letters.findIndex((letter) => LETTERS_WITH_VALUE.includes(letter));
  if (taking < 0) return { ...bare(word), name: letters.at(-1), before: letters.join("") };
  const [name, before] = [letters[taking]!, letters.slice(0, taking).join("")];
  const value = letters.slice(taking + 1).join("");
  return value === "" ? withNext(args, at, name, before) : { words: [word], name, before, value };
}

function withNext(
  args: readonly string[],
  at: number,
  name: string,
  before: string,
): PsqlArgument {
  return { words: args.slice(at, at + 2), name, before, value: args[at + 1] };
}

/** Whether psql has its work in its arguments, and talks with nobody. */
export function worksAlone(args: readonly string[]): boolean {
  return psqlArguments(args).some(({ name, before }) =>
    [name, ...before].some((one) => one !== undefined && ALONE.includes(one))
  );
}

/** The scripts that psql is to read, as they were named. */
export function scriptsOf(args: readonly string[]): string[] {
  return psqlArguments(args).flatMap(({ name, value }) =>
    (name === "f" || name === "file") && value !== undefined && value !== "-" ? [value] : []
  );
}

/** The same arguments, with stdin in the place of a script. */
export function withStdinFor(args: readonly string[], script: string): string[] {
  return psqlArguments(args).flatMap(({ words, name, before, value }) =>
    (name === "f" || name === "file") && value === script
      ? [...before === "" ? [] : [`-${before}`], "--file=-"]
      : words
  );
}

/**
 * A command line of `oakum psql` with psql's own arguments behind `--`, where commander leaves them
 * alone. What both know is oakum's, but `-q` and `-v name=value`; all of it is psql's behind a `--`.
 */
export function psqlLine(argv: readonly string[]): string[] {
  const verb = verbAt(argv);
  if (argv[verb] !== "psql") return [...argv];
  const rest = argv.slice(verb + 1);
  const end = rest.indexOf("--");
  const literal = end < 0 ? [] : rest.slice(end + 1);
  const [own, theirs] = parted(end < 0 ? rest : rest.slice(0, end), end >= 0);
  const all = [...theirs, ...literal];
  return [...argv.slice(0, verb + 1), ...own, ...all.length > 0 ? ["--", ...all] : []];
}

/** Where the verb stands: the first word that is neither an option nor its value. */
function verbAt(argv: readonly string[]): number {
  let at = 0;
  while (at < argv.length && argv[at]!.startsWith("-")) at += globalOption(argv, at) || 1;
  return at;
}

function parted(words: readonly string[], literal: boolean): [own: string[], theirs: string[]] {
  const [own, theirs]: [string[], string[]] = [[], []];
  for (let at = 0; at < words.length;) {
    const mine = isTheirs(words, at, literal) ? 0 : globalOption(words, at);
    const [to, taken] = mine > 0
      ? [own, words.slice(at, at + mine)]
      : [theirs, argumentAt(words, at).words];
    to.push(...taken);
    at += taken.length;
  }
  return [own, theirs];
}

/** What oakum knows, too, and psql's users mean otherwise. */
function isTheirs(words: readonly string[], at: number, literal: boolean): boolean {
  const word = words[at]!;
  if (word === "-v") return words[at + 1]?.includes("=") ?? false;
  return !literal && (word === "-q" || word === "--quiet");
}
