import type { Queryable } from "./connection.ts";

/**
 * SQL text for statements that take no parameters, written by the server itself: `%I` stands for a
 * name, `%L` for a value, as in PostgreSQL's `format()`.
 */
export async function statement(
  sql: Queryable,
  template: string,
  ...values: readonly string[]
): Promise<string> {
  const [row] = await sql<{ text: string }[]>`
    select format(${template}, variadic ${[...values]}::text[]) as text`;
  if (!row) throw new TypeError("format() answered with no row");
  return row.text;
}

/** Runs such a statement. */
export async function execute(
  sql: Queryable,
  template: string,
  ...values: readonly string[]
): Promise<void> {
  await sql.unsafe(await statement(sql, template, ...values));
}
