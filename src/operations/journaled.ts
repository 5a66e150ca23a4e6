import type { Journal } from "../backups/journal.ts";
import type { JournalData, Operation } from "../backups/journal_entry.ts";

/** A step with what a later run must know of it. */
export interface JournaledStep {
  readonly operation: Operation;
  readonly step: string;
  readonly data: JournalData;
}

/**
 * Does a step between its intent and its outcome in the journal. A journal that cannot be written
 * afterwards does not make a done step undone: the next run finds it unfinished and looks.
 */
export async function journaled<T>(
  journal: Journal,
  { operation, step, data }: JournaledStep,
  work: () => Promise<T>,
): Promise<T> {
  const intent = await journal.begin(operation, step, data);
  let done = false;
  try {
    const result = await work();
    done = true;
    return result;
  } finally {
    await intent.end(done).catch(() => {});
  }
}
