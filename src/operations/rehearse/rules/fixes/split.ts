import { requiredColumns } from "../required.ts";
import { isPartitioned, type Scene, type Sent, wasThere } from "../scene.ts";
import { means, type SqlName } from "../sql/names.ts";
import { workOf } from "../work.ts";
import { fixOfAction } from "./actions.ts";
import { concurrently } from "./constraints.ts";
import { ident } from "./names.ts";
import { autocommitted, execute, type Part, revisions } from "./python.ts";
import { changeRows } from "./rows.ts";

/** More than this nobody pastes. */
const MOST = 8;

/**
 * The statements of an upgrade in revisions of their own, each written so that it keeps nobody out;
 * undefined where not all of them are known as they stand in the file.
 */
export function split(scene: Scene): string | undefined {
  const changing = scene.statements.filter(({ parsed }) =>
    parsed.kind !== "query" && parsed.kind !== "setting"
  );
  const known = changing.every((sent) => isWhole(sent) && sent.count === 1);
  // That takes a revision for each partition, by hand.
  const byPartition = changing.some(({ parsed }) =>
    parsed.kind === "create-index" && isPartitioned(scene, parsed.table)
  );
  if (!known || byPartition || changing.length < 2 || changing.length > MOST) return undefined;
  return revisions(...changing.flatMap((sent) => partsOf(scene, sent)));
}

/** What is cut, or has parameters, is not what the file has; on one line a comment takes the rest. */
function isWhole({ sql }: Sent): boolean {
  return !sql.endsWith("…") && !/--|%s|%\(\w+\)s|\$\d|(?<!:):[a-z_]\w*/i.test(sql);
}

function partsOf(scene: Scene, sent: Sent): readonly Part[] {
  const { parsed, sql } = sent;
  const plain: Part = sent.autocommit
    ? ["it commits by itself", autocommitted(execute(sql))]
    : ["for a moment only", execute(sql)];
  if (parsed.kind === "insert") {
    return [["rows, under no lock that keeps others out", execute(sql)]];
  }
  if (parsed.kind === "update" || parsed.kind === "delete") {
    if (!wasThere(scene, parsed.table)) return [["rows of a new table", execute(sql)]];
    return [["rows, in batches that each commit", changeRows(scene, sent, parsed.table)]];
  }
  if (parsed.kind === "create-index") {
    if (!wasThere(scene, parsed.table)) return [plain];
    return [["built while others read and write", concurrently(parsed)]];
  }
  if (parsed.kind !== "alter-table" || !wasThere(scene, parsed.table)) return [plain];
  const [action, ...more] = parsed.actions;
  if (!action || more.length > 0) return [plain];
  const parts = workOf(scene, sent) ? fixOfAction(parsed.table, action) : undefined;
  if (parts) return parts;
  if (action.kind === "set-not-null") return fixOfAction(parsed.table, action) ?? [plain];
  if (action.kind !== "add-column") return [plain];
  return [[plain[0], [execute(sql), ...defaultOf(scene, parsed.table, action.column)].join("\n")]];
}

/** Where the column is NOT NULL in the end, an app that does not know it can write no row without. */
function defaultOf(scene: Scene, table: SqlName, column: string): string[] {
  const isAsked = requiredColumns(scene).some((one) =>
    one.column === column && means(table, one.table)
  );
  if (!isAsked) return [];
  const alter = `ALTER TABLE ${table.text} ALTER COLUMN ${ident(column)}`;
  return [
    "# In place of <value>: what an app writes that does not know the column.",
    execute(`${alter} SET DEFAULT <value>`),
  ];
}
