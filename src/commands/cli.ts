import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT_CODES } from "../core/errors.ts";
import { outcomeOf, showFailure } from "../terminal/failure.ts";
import { hasFlag } from "./argv.ts";
import type { Deps, VerbFlags } from "./deps.ts";
import { type Globals, globalsOf } from "./globals.ts";
import { psqlLine } from "./psql_arguments.ts";
import { buildProgram } from "./program.ts";
import { runCommand } from "./run.ts";
import type { BareSession, Session, Shell } from "./session.ts";
import { Printed, usageErrorOf } from "./usage.ts";
import { BARE_VERBS, LONG_VERBS, type Verb, type VerbOptions } from "./verbs.ts";
import { WORK } from "./work.ts";

/** One command line to its end: the exit code. */
export async function runCli(argv: readonly string[], shell: Shell): Promise<number> {
  const code = await codeOf(argv, shell);
  const { failure } = shell.output.out;
  if (failure === undefined || code !== EXIT_CODES.done) return code;
  shell.output.err.line(`error: The output could not be written: ${failure}.`);
  return EXIT_CODES.failed;
}

async function codeOf(argv: readonly string[], shell: Shell): Promise<number> {
  let code: number = EXIT_CODES.done;
  const deps: Deps = {
    run: async (verb, options, command, flags = {}) => {
      code = await runVerb(shell, verb, options, globalsOf(command), flags);
    },
  };
  const program = buildProgram(deps, shell.output);
  try {
    const line = psqlLine(argv);
    await program.parseAsync(line.length > 0 ? line : ["--help"], { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof Printed) return EXIT_CODES.done;
    return unparsed(shell, argv, program, thrown);
  }
}

/** The options did not get as far as saying how errors are shown, so the words are looked at. */
function unparsed(
  shell: Shell,
  argv: readonly string[],
  program: CommandUnknownOpts,
  thrown: unknown,
): number {
  const error = thrown instanceof CommanderError ? usageErrorOf(program, thrown) : thrown;
  const json = hasFlag(argv, "--json");
  showFailure(shell.output, error, { json, stream: false, verbose: hasFlag(argv, "--verbose") });
  return EXIT_CODES[outcomeOf(error)];
}

function runVerb<V extends Verb>(
  shell: Shell,
  verb: V,
  options: VerbOptions[V],
  globals: Globals,
  flags: VerbFlags,
): Promise<number> {
  const work = async (bare: BareSession) => {
    const session = isBare(verb) ? bare : await withSettings(bare, flags);
    const load = WORK[verb];
    if (!load) throw new Error(`"${verb}" has no work plugged in`);
    return (await load())(session as Session, options);
  };
  return runCommand(shell, { globals, long: LONG_VERBS.has(verb), work });
}

function isBare(verb: Verb): boolean {
  return BARE_VERBS.some((bare) => bare === verb);
}

async function withSettings(bare: BareSession, flags: VerbFlags): Promise<Session> {
  const { loadSettings } = await import("../config/settings.ts");
  const { project, app, database, config } = bare.globals;
  const { environment, directory } = bare;
  const all = { project, app, database, config, ...flags };
  const ruleTrouble = async () =>
    (await import("../operations/rehearse/rules/settings.ts")).ruleTrouble;
  const settings = await loadSettings({ flags: all, environment, directory, ruleTrouble });
  settings.warnings.forEach(bare.emit);
  return { ...bare, settings };
}
