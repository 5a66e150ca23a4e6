import { isPartitioned, type Scene } from "../scene.ts";
import type { Work } from "../work.ts";
import { changeRows } from "./rows.ts";
import { fixOfAction } from "./actions.ts";
import { concurrently } from "./constraints.ts";
import { execute, revisions } from "./python.ts";
import { split } from "./split.ts";

const SPLIT =
  "# A revision of its own for each of the two statements: a lock lasts until the end of its\n" +
  "# revision. Where they must stay together, put the one that locks last.";

const BY_PARTITION =
  "# A partitioned table takes no CONCURRENTLY: make the index ON ONLY it, which is quick and not\n" +
  "# valid yet; then one with CONCURRENTLY on each partition, in a revision of its own; then, for\n" +
  "# each, ALTER INDEX ... ATTACH PARTITION. With the last the whole is valid.";

/** How to do the same work without keeping others out. */
export function fixOfWork(
  scene: Scene,
  group: { readonly by: { readonly index: number } | undefined },
  main: Work | undefined,
  own: boolean,
): string | undefined {
  if (!main) return "# Let the statement that locks come last, in a revision of its own.";
  if (!own) return fixOfOther(scene, group, main);
  const { parsed } = main.by;
  if (parsed.kind === "create-index") {
    return isPartitioned(scene, parsed.table) ? BY_PARTITION : concurrently(parsed);
  }
  if (parsed.kind !== "alter-table" || !main.action) return fixOfCommand(main.by.sql);
  const parts = fixOfAction(parsed.table, main.action);
  return parts && revisions(...parts);
}

/** The work of one statement under the lock of another. */
function fixOfOther(
  scene: Scene,
  group: { readonly by: { readonly index: number } | undefined },
  { by }: Work,
): string {
  const whole = split(scene);
  if (whole !== undefined) return whole;
  const { parsed } = by;
  const changed = parsed.kind === "update" || parsed.kind === "delete";
  if (!changed || group.by === undefined || group.by.index >= by.index) return SPLIT;
  return `${SPLIT}\n# The rows, in batches that each commit:\n${
    changeRows(scene, by, parsed.table)
  }`;
}

function fixOfCommand(sql: string): string | undefined {
  const [, view] = /^\s*refresh\s+materialized\s+view\s+([\w."]+)/i.exec(sql) ?? [];
  if (view === undefined) return undefined;
  return `# It needs a unique index on ${view} that covers all rows.\n` +
    execute(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${view}`);
}
