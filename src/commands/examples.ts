import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Adds examples to a command's help: what to type, and what it does. */
export function addExamples(
  command: CommandUnknownOpts,
  examples: readonly (readonly [typed: string, does: string])[],
): void {
  const widest = Math.max(...examples.map(([typed]) => typed.length));
  const lines = examples.map(([typed, does]) => `  ${typed.padEnd(widest)}  ${does}`);
  command.addHelpText("after", ["\nExamples:", ...lines].join("\n"));
}
