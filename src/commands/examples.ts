import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Adds examples to a command's help: what to type, and what it does. */
export function addExamples(
  command: CommandUnknownOpts,
  examples: readonly (readonly [typed: string, does: string])[],
): void {
  const widest = Math.max(...examples.map(([typed]) => typed.length));
  const beside = examples.map(([typed, does]) => `  ${typed.padEnd(widest)}  ${does}`);
  const above = examples.flatMap(([typed, does]) => [`  # ${does}`, `  ${typed}`]);
  const lines = beside.every((line) => line.length <= 80) ? beside : above;
  command.addHelpText("after", ["\nExamples:", ...lines].join("\n"));
}
