/**
 * Quotes an identifier for SQL text, as libpq's PQescapeIdentifier does. Only for statements that
 * take no parameters in that place, such as LOCK TABLE; values always go as parameters.
 */
export function quoteIdentifier(name: string): string {
  if (name.includes("\0")) throw new TypeError("an identifier cannot hold a NUL byte");
  return `"${name.replaceAll('"', '""')}"`;
}

/** Schema and name, each quoted, joined by a dot. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
