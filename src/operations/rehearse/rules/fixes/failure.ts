import type { StepFailure } from "../../../../reports/rehearsal.ts";
import { batches } from "./batches.ts";
import { ident } from "./names.ts";
import { type Parsed, parseStatement } from "../sql/statement.ts";
import { notNull } from "./constraints.ts";
import { execute, revisions } from "./python.ts";

/** What may be done about a failure, where its cause is one of the usual ones. */
export function fixOfFailure({ kind, message, details }: StepFailure): string | undefined {
  if (kind === "not-committed") return NOT_COMMITTED;
  const text = [message, ...details].join("\n");
  return nulls(text) ?? duplicates(text) ?? leftType(text);
}

const NOT_COMMITTED =
  `# In env.py: no statement before context.begin_transaction(). What must come first goes
# on a connection of its own, or is committed:
with connectable.connect() as connection:
    connection.exec_driver_sql("…")
    connection.commit()
    context.configure(connection=connection, target_metadata=target_metadata)
    with context.begin_transaction():
        context.run_migrations()`;

/** In revisions that keep nobody out, and after which an app that does not know it can still write. */
function nulls(text: string): string | undefined {
  const [, column, relation] =
    /column "([^"]+)" of relation "([^"]+)" contains null values/.exec(text) ?? [];
  if (column === undefined || relation === undefined) return undefined;
  const { table, type } = addedIn(text, column) ?? {};
  const on = table ?? { schema: undefined, name: relation, text: ident(relation) };
  const [name, alter] = [ident(column), `ALTER TABLE ${on.text}`];
  const add = type === undefined ? [] : [execute(`${alter} ADD COLUMN ${name} ${type}`)];
  const value = execute(`${alter} ALTER COLUMN ${name} SET DEFAULT <value>`);
  return "# In place of <value>: what rows have, and an app writes, that do not know the column.\n" +
    revisions(
      ["for a moment only; new rows get the default", [...add, value].join("\n")],
      [
        "the rows that were there, in batches that each commit",
        batches(on.text, `${name} = <value>`, `${name} IS NULL`),
      ],
      ...notNull(on, column),
    );
}

/** The statement that failed, where it adds the column. */
function addedIn(text: string, column: string) {
  for (const parsed of statementsIn(text)) {
    if (parsed.kind !== "alter-table") continue;
    const added = parsed.actions.find((one) => one.kind === "add-column" && one.column === column);
    return { table: parsed.table, type: added?.kind === "add-column" ? added.type : undefined };
  }
  return undefined;
}

function statementsIn(text: string): Parsed[] {
  return [...text.matchAll(/^SQL: (.+)$/gm)].map(([, sql = ""]) => parseStatement(sql));
}

function duplicates(text: string): string | undefined {
  if (!text.includes("could not create unique index")) return undefined;
  const [, key] = /Key \(([^)]+)\)=/.exec(text) ?? [];
  const table = statementsIn(text).map((parsed) =>
    "table" in parsed ? parsed.table.text : undefined
  )
    .find((name) => name !== undefined);
  return key === undefined
    ? undefined
    : `# Decide first what becomes of the rows that are there twice:\n` +
      `# SELECT ${key}, count(*) FROM ${table ?? "<table>"} GROUP BY ${key} HAVING count(*) > 1`;
}

function leftType(text: string): string | undefined {
  const [, type] = /type "([^"]+)" already exists/.exec(text) ?? [];
  return type === undefined
    ? undefined
    : `# In the downgrade that left it behind, after the last column of it:\n` +
      execute(`DROP TYPE ${ident(type)}`);
}
