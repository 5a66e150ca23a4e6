import type { StepEvent } from "../../migrators/migrator.ts";
import type { TracedStatement } from "../../reports/rehearsal.ts";

/** A statement as the tool tells it. */
export type StatementEvent = Extract<StepEvent, { event: "statement" }>;

/**
 * The statements of the revision itself: neither what env.py asks before it, nor what the tool
 * writes into the version table.
 */
export function ownStatements(events: readonly StepEvent[]): readonly StatementEvent[] {
  const begin = events.findIndex(({ event }) => event === "begin");
  const own = begin < 0 ? [] : events.slice(begin).filter((one) => one.event === "statement");
  const version = events.findIndex(({ event }) => event === "version");
  const last = events.slice(0, Math.max(0, version)).findLast((one) => one.event === "statement");
  return own.filter((one) => one !== last || one.file !== null);
}

/** A statement as reports have it. */
export function tracedStatement(event: StatementEvent): TracedStatement {
  const { sql, ms, rows, count, autocommit, file, line } = event;
  return { sql, ms, rows, count, autocommit, file, line };
}
