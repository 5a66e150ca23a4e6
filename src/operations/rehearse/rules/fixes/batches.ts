import { autocommitted, python } from "./python.ts";

/** A backfill that commits every 10,000 rows, and can be started again after a failure. */
export function batches(table: string, set: string, where: string): string {
  const sql = `UPDATE ${table} SET ${set} WHERE ctid = ANY (ARRAY(\n` +
    `    SELECT ctid FROM ${table} WHERE ${where} LIMIT 10000))`;
  return autocommitted(
    `while op.get_bind().exec_driver_sql(${python(sql)}).rowcount:`,
    "    pass",
  );
}

/** A change of rows in steps of 10,000 keys. `sql` is a whole UPDATE or DELETE. */
export function byKey(table: string, key: string, sql: string): string {
  const [, head = sql, condition] = /^(.*?)(?:\s+where\s+(.*))?$/is.exec(sql) ?? [];
  const range = `${key} >= {first} AND ${key} < {first} + 10000`;
  const literal = (text: string) => text.replaceAll("{", "{{").replaceAll("}", "}}");
  const where = condition === undefined ? range : `${range} AND (${literal(condition)})`;
  return autocommitted(
    `last = op.get_bind().exec_driver_sql("SELECT max(${key}) FROM ${table}").scalar() or 0`,
    "for first in range(0, last + 1, 10000):",
    `    op.execute(f${python(`${literal(head)} WHERE ${where}`)})`,
  );
}
