import type { TracedStatement } from "../../../reports/rehearsal.ts";

const LIMIT = 90;

/** A statement for the middle of a sentence, cut where it is long. */
export function brief(statement: TracedStatement | undefined): string {
  if (!statement) return "A statement";
  const { sql } = statement;
  return `\`${sql.length > LIMIT ? `${sql.slice(0, LIMIT - 2).trimEnd()} …` : sql}\``;
}
