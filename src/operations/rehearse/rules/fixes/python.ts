/** A Python string with these characters, on one line where it can be. */
export function python(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\");
  if (text.includes("\n") || text.includes('"')) {
    return `"""${escaped.replaceAll('"""', '\\"\\"\\"')}"""`;
  }
  return `"${escaped}"`;
}

/** `op.execute("…")`. */
export function execute(sql: string): string {
  // A quote at the end would run into the three that close the string.
  return `op.execute(${python(sql.endsWith('"') ? `${sql} ` : sql)})`;
}

/** Statements that each commit on their own. */
export function autocommitted(...lines: readonly string[]): string {
  return ["with op.get_context().autocommit_block():", ...lines.map((line) => `    ${line}`)].join(
    "\n",
  );
}

/** What one revision is for, and its code. */
export type Part = readonly [title: string, code: string];

/** Revisions one after the other, each with a comment of what it is. */
export function revisions(...parts: readonly Part[]): string {
  return parts.map(([title, code], i) => `# Revision ${i + 1}: ${title}\n${code}`).join("\n\n");
}
