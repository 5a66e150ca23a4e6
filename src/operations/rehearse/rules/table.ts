import { FAIL, type Levels, OFF, type Rule, WARN } from "./rule.ts";

/** Where a lock is held while rows are worked on: half a second or so, and ten. */
const ROWS: Levels = { warn: 50_000, fail: 1_000_000 };

/** Every rule, in the order in which the findings of a revision are told. */
export const RULES = [
  rule("upgrade-fails", "none", FAIL, "The upgrade ends with an error."),
  rule("upgrade-hangs", "none", FAIL, "The upgrade does not end in time."),
  rule("never-commits", "none", FAIL, "The upgrade says that it is done, and nothing is there."),
  rule("reaches-out", "none", FAIL, "The migration wants something outside of the copy."),
  rule("writes-files", "none", FAIL, "The migration writes where the copy may only read."),
  rule("data-lost", "none", FAIL, "Rows, columns or tables with values are gone."),
  rule("retype-changes", "none", FAIL, "A column's new type changes the values in it."),
  rule("rewrite-over", "size", { warn: null, fail: 100e6 }, "A large table is written anew."),
  rule("volatile-default", "rows", ROWS, "A new column's default writes every row anew."),
  rule("not-null-scan", "rows", ROWS, "SET NOT NULL locks a table while it reads every row."),
  rule("constraint-scan", "rows", ROWS, "A new constraint is checked on every row under a lock."),
  rule("blocks-reads", "rows", ROWS, "A lock keeps readers out while rows are worked on."),
  rule("blocks-writes", "rows", ROWS, "A lock keeps writers out while rows are worked on."),
  rule("long-lock", "duration", { warn: null, fail: 5000 }, "A lock is held for long on the copy."),
  rule("many-rows", "rows", ROWS, "One transaction changes or deletes many rows."),
  rule("row-by-row", "count", { warn: 1000, fail: null }, "A statement is sent once for each row."),
  rule("wal-over", "size", { warn: 2e9, fail: null }, "Much write-ahead log is written."),
  rule("locks-many", "count", { warn: 3, fail: null }, "Several tables are locked one by one."),
  rule("invalid-index", "none", FAIL, "An index is left broken: kept up and never used."),
  rule("commits-inside", "none", WARN, "Half of the revision can stay where it fails."),
  rule("renamed", "none", WARN, "The running app knows a table or column by its old name."),
  rule("dropped", "none", OFF, "The running app may still use what is dropped."),
  rule("required-column", "none", WARN, "The running app's INSERTs lack a new column."),
  rule("fk-without-index", "rows", { warn: 50_000, fail: null }, "A foreign key has no index."),
  rule("downgrade-fails", "none", FAIL, "The downgrade ends with an error."),
  rule("downgrade-lossy", "none", FAIL, "The downgrade runs, and older data is not back."),
  rule("downgrade-leaves", "none", WARN, "The downgrade runs, and the schema is another one."),
  rule("downgrade-cosmetic", "none", OFF, "The downgrade changes the order of columns."),
  rule("downgrade-missing", "none", WARN, "There is no downgrade()."),
  rule("downgrade-empty", "none", WARN, "The downgrade undoes nothing of what the upgrade did."),
  rule("downgrade-raises", "none", WARN, "The downgrade refuses."),
  rule("not-repeatable", "none", FAIL, "After a downgrade the upgrade does not work again."),
  rule("many-changes", "count", { warn: 4, fail: null }, "One revision does unrelated things."),
  rule("no-docstring", "none", WARN, "The revision does not say what it is for."),
  rule("several-heads", "none", FAIL, "Two revisions follow the same one: `head` is ambiguous."),
  rule("out-of-order", "none", WARN, "A pending revision is older than an applied one."),
  rule("model-drift", "none", WARN, "The models ask for another schema than the revisions make."),
  rule("model-unknown", "none", WARN, "The models could not be compared with the schema."),
  rule("app-command-fails", "none", FAIL, "The app's own command fails on the new schema."),
  rule("app-unhealthy", "none", FAIL, "The app does not become healthy on the new schema."),
] as const;

/** The id of a rule. */
export type RuleId = typeof RULES[number]["id"];

function rule<const Id extends string>(
  id: Id,
  measure: Rule["measure"],
  levels: Levels,
  meaning: string,
): Rule & { readonly id: Id } {
  return { id, measure, meaning, ...levels };
}
