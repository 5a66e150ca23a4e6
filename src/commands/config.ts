import { Command } from "@commander-js/extra-typings";
import type { Deps } from "./deps.ts";
import { addExamples } from "./examples.ts";

/** `config schema` takes the global options only. */
export type ConfigSchemaOptions = Readonly<Record<never, never>>;

/** `oakum config rules` takes the global options only. */
export type ConfigRulesOptions = Readonly<Record<never, never>>;

/** `oakum config`, a group of commands. */
export function configCommand(deps: Deps) {
  const schema = new Command("schema")
    .summary("print the JSON Schema of oakum.yaml")
    .description("Prints the JSON Schema of oakum.yaml, for editors that complete and check it.")
    .action((_options, self) => deps.run("config schema", {}, self));
  addExamples(schema, [["oakum config schema > oakum.schema.json", "for an editor"]]);
  const rules = new Command("rules")
    .summary("list what a rehearsal looks for")
    .description(
      "Lists the rules of a rehearsal: what each finds, and from where on it warns or stops an " +
        "upgrade. `rehearsal.rules` in oakum.yaml sets each to off, warn, fail, a threshold, or " +
        "both, such as `warn 50MB fail 1GB`.",
    )
    .action((_options, self) => deps.run("config rules", {}, self));
  addExamples(rules, [["oakum config rules", "their names, for --allow and oakum.yaml"]]);
  return new Command("config")
    .summary("what oakum.yaml may hold")
    .description("Tells what oakum.yaml may hold.")
    .helpCommand(false)
    .addCommand(schema)
    .addCommand(rules);
}
