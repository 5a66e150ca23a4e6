import { jsonSchema } from "../config/schema.ts";
import { levelsText } from "../operations/rehearse/rules/settings.ts";
import { RULES } from "../operations/rehearse/rules/table.ts";
import type { Result } from "./session.ts";

/** `config schema`: the same JSON with `--json` and without. */
export function configSchemaWork(): Promise<Result> {
  const report = jsonSchema();
  return Promise.resolve({
    report,
    text: (page) => page.verbatim(JSON.stringify(report, undefined, 2)),
  });
}

/** `config rules`. */
export function configRulesWork(): Promise<Result> {
  const rules = RULES.map((rule) => ({ ...rule, default: levelsText(rule) }));
  return Promise.resolve({
    report: { kind: "rules", rules },
    text: (page) => {
      for (const { id, meaning, default: levels } of rules) {
        page.line(`${page.style("strong", id)}: ${levels}`);
        page.line(`    ${meaning}`, 4);
      }
    },
  });
}
