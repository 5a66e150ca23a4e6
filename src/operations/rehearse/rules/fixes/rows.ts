import { keyOf, type Scene, type Sent } from "../scene.ts";
import type { SqlName } from "../sql/names.ts";
import { byKey } from "./batches.ts";

const PLAIN = /^(?:update\s+\S+\s+set\b|delete\s+from\s+\S+(?:\s+where\b|\s*;?\s*$))/i;

/** An UPDATE or DELETE in batches that each commit. */
export function changeRows(scene: Scene, { sql }: Sent, table: SqlName): string {
  const key = keyOf(scene, table);
  // What is cut off may have lost its WHERE, and an alias takes the table's name away.
  const plain = !sql.endsWith("…") && PLAIN.test(sql) &&
    !/\b(?:from|using|returning|with)\b.*\bselect\b/i.test(sql);
  const note = key === undefined ? "# `id` stands for a whole number that is indexed.\n" : "";
  const qualified = `${table.text}.${key ?? "id"}`;
  return plain
    ? note + byKey(table.text, qualified, sql.replace(/;\s*$/, ""))
    : `# In steps over ${qualified}, each in a revision or an autocommit_block() of its own.`;
}
