import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";

/** `config schema` takes the global options only. */
export type ConfigSchemaOptions = Readonly<Record<never, never>>;

/** `oakum config`, a group of commands. */
export function configCommand(deps: Deps) {
  const schema = new Command("schema")
    .summary("print the JSON Schema of oakum.yaml")
    .description("Prints the JSON Schema of oakum.yaml, for editors that complete and check it.")
    .action((_options, self) => deps.run("config schema", {}, self));
  addExamples(schema, [["oakum config schema > oakum.schema.json", "for an editor"]]);
  return new Command("config")
    .summary("what oakum.yaml may hold")
    .description("Tells what oakum.yaml may hold.")
    .helpCommand(false)
    .addCommand(schema);
}
