import { jsonSchema } from "../config/schema.ts";
import type { Result } from "./session.ts";

/** `config schema`: the same JSON with `--json` and without. */
export function configSchemaWork(): Promise<Result> {
  const report = jsonSchema();
  return Promise.resolve({
    report,
    text: (page) => page.verbatim(JSON.stringify(report, undefined, 2)),
  });
}
