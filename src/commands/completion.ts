import { Argument, Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";

/** The shells that can complete oakum's commands. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of `SHELLS`. */
export type ShellName = typeof SHELLS[number];

/** What `completion` takes. */
export interface CompletionOptions {
  readonly shell: ShellName;
}

/** What the hidden `__complete` takes: the words of a command line, the last being completed. */
export interface CompleteOptions {
  readonly words: readonly string[];
  /** Whether an empty word is being completed that the shell cannot pass. */
  readonly newWord: boolean;
}

/** `oakum completion`. */
export function completionCommand(deps: Deps) {
  const command = new Command("completion")
    .summary("print a completion script for a shell")
    .description("Prints a script that completes oakum's commands, options, stacks and backups.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell, _options, self) => deps.run("completion", { shell }, self));
  addExamples(command, [
    ["source <(oakum completion bash)", "this shell; or a line of ~/.bashrc"],
    ["oakum completion zsh > ~/.zfunc/_oakum", "a file in a folder of your fpath"],
    ["oakum completion fish | source", "this shell; or a file in ~/.config/fish/completions"],
    [
      "oakum completion powershell | Out-String | Invoke-Expression",
      "this shell; or a line of $PROFILE",
    ],
  ]);
  return command;
}

/** What the scripts call. */
export function completeCommand(deps: Deps) {
  return new Command("__complete")
    .description("Prints what could come next, for completion scripts.")
    .argument("[words...]", "the words after oakum; the last one is being completed")
    .option("--new-word", "complete an empty word after them")
    .action((words, { newWord = false }, self) => deps.run("__complete", { words, newWord }, self));
}
