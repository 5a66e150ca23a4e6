import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { COMMIT, VERSION } from "../core/version.ts";
import type { Output } from "../terminal/channel.ts";
import { adoptCommand } from "./adopt.ts";
import { backupCommand } from "./backup.ts";
import { backupsCommand } from "./backups.ts";
import { checkCommand } from "./check.ts";
import { completeCommand, completionCommand } from "./completion.ts";
import { configCommand } from "./config.ts";
import { currentCommand } from "./current.ts";
import type { Deps } from "./deps.ts";
import { doctorCommand } from "./doctor.ts";
import { downgradeCommand } from "./downgrade.ts";
import { addExamples } from "./examples.ts";
import { addGlobals, GLOBAL_GROUP } from "./globals.ts";
import { headsCommand } from "./heads.ts";
import { exitCodeHelp, helpManners } from "./help.ts";
import { historyCommand } from "./history.ts";
import { initCommand } from "./init.ts";
import { mergeCommand } from "./merge.ts";
import { pinCommand } from "./pin.ts";
import { psqlCommand } from "./psql.ts";
import { rehearseCommand } from "./rehearse.ts";
import { restoreCommand } from "./restore.ts";
import { revisionCommand } from "./revision.ts";
import { rollbackCommand } from "./rollback.ts";
import { showCommand } from "./show.ts";
import { stampCommand } from "./stamp.ts";
import { statusCommand } from "./status.ts";
import { upgradeCommand } from "./upgrade.ts";
import { usageErrorOf } from "./usage.ts";
import { verifyCommand } from "./verify.ts";

const WIDEST_HELP = 100;

/** The verbs, by what they are for. */
function verbGroups(deps: Deps): ReadonlyMap<string, readonly CommandUnknownOpts[]> {
  return new Map<string, readonly CommandUnknownOpts[]>([
    ["Look:", [
      statusCommand(deps),
      currentCommand(deps),
      historyCommand(deps),
      headsCommand(deps),
      showCommand(deps),
      checkCommand(deps),
      psqlCommand(deps),
      doctorCommand(deps),
    ]],
    ["Change:", [
      rehearseCommand(deps),
      upgradeCommand(deps),
      rollbackCommand(deps),
      downgradeCommand(deps),
      revisionCommand(deps),
      mergeCommand(deps),
      stampCommand(deps),
    ]],
    ["Backups:", [
      backupCommand(deps),
      backupsCommand(deps),
      verifyCommand(deps),
      restoreCommand(deps),
      pinCommand(deps),
      adoptCommand(deps),
    ]],
    ["Help:", [initCommand(deps), configCommand(deps), completionCommand(deps)]],
  ]);
}

/** oakum's command line, as a person meets it on these streams. */
export function buildProgram(deps: Deps, output: Output): CommandUnknownOpts {
  const program = buildVerbs(deps);
  adorn(program, output);
  return program;
}

/** Every verb with its options, below one program. */
export function buildVerbs(deps: Deps): CommandUnknownOpts {
  const program: CommandUnknownOpts = new Command("oakum")
    .description("Safe database changes on Docker Compose stacks: migrate, back up, restore.")
    .usage("[options] <command>")
    .enablePositionalOptions()
    .version(`oakum ${VERSION} (${COMMIT})`, "-V, --version", "print the version and its commit")
    .commandsGroup("Help:")
    .helpCommand("help [command]", "print the help of a command");
  program.options.forEach((version) => version.helpGroup(GLOBAL_GROUP));
  for (const [group, commands] of verbGroups(deps)) {
    for (const command of commands) program.addCommand(command.helpGroup(group));
  }
  program.addCommand(completeCommand(deps), { hidden: true });
  addExamples(program, [
    ["oakum status", "what is there, and where it stands"],
    ["oakum backup", "a proved backup of the database"],
    ["oakum upgrade", "pending migrations, with a backup first"],
    ["oakum restore", "the newest good backup, swapped in; --undo swaps back"],
  ]);
  program.addHelpText("after", `\n${exitCodeHelp()}`);
  addGlobalsToAll(program);
  return program;
}

function addGlobalsToAll(command: CommandUnknownOpts): void {
  addGlobals(command);
  command.commands.forEach(addGlobalsToAll);
}

/** Gives a command, and those below it, our looks, streams and errors. */
function adorn(command: CommandUnknownOpts, output: Output): void {
  const { out } = output;
  command.configureHelp(helpManners(out.style));
  command.configureOutput({
    writeOut: (text) => out.line(text.replace(/\n$/, "")),
    writeErr: () => {},
    getOutHelpWidth: () => Math.min(out.columns, WIDEST_HELP),
    getErrHelpWidth: () => Math.min(out.columns, WIDEST_HELP),
    getOutHasColors: () => true,
    outputError: () => {},
  });
  command.exitOverride((error) => {
    throw usageErrorOf(command, error);
  });
  command.commands.forEach((each) => adorn(each, output));
}
