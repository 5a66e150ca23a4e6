import type { JournalEntry } from "../backups/journal_entry.ts";
import type { Mark } from "../postgres/marks.ts";

/**
 * Databases that a journal says a restore was about to make, with the marks that they were to get: a
 * run that died between the two left one without.
 */
export function announcedDatabases(entries: readonly JournalEntry[]): Map<string, Mark> {
  const announced = new Map<string, Mark>();
  for (const { kind, operation, step, run, at, data } of entries) {
    if (kind !== "intent" || operation !== "restore" || step !== "create") continue;
    const { database, of } = data;
    if (typeof database !== "string" || typeof of !== "string") continue;
    announced.set(database, { run, purpose: "restore", of, at: new Date(at) });
  }
  return announced;
}
