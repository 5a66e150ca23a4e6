import type { StepFailure } from "../../../../reports/rehearsal.ts";
import { batches } from "./batches.ts";
import { ident } from "./names.ts";
import { execute } from "./python.ts";

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

function nulls(text: string): string | undefined {
  const [, column, table] =
    /column "([^"]+)" of relation "([^"]+)" contains null values/.exec(text) ??
      [];
  if (column === undefined || table === undefined) return undefined;
  const [name, of] = [ident(column), ident(table)];
  return `# First without NOT NULL; then fill it, in place of <value>; then ask for NOT NULL.\n` +
    `${batches(of, `${name} = <value>`, `${name} IS NULL`)}\n` +
    execute(`ALTER TABLE ${of} ALTER COLUMN ${name} SET NOT NULL`);
}

function duplicates(text: string): string | undefined {
  if (!text.includes("could not create unique index")) return undefined;
  const [, key] = /Key \(([^)]+)\)=/.exec(text) ?? [];
  return key === undefined
    ? undefined
    : `# Decide first what becomes of the rows that are there twice:\n` +
      `# SELECT ${key}, count(*) FROM … GROUP BY ${key} HAVING count(*) > 1`;
}

function leftType(text: string): string | undefined {
  const [, type] = /type "([^"]+)" already exists/.exec(text) ?? [];
  return type === undefined
    ? undefined
    : `# In the downgrade that left it behind, after the last column of it:\n` +
      execute(`DROP TYPE ${ident(type)}`);
}
