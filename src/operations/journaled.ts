import type { Journal } from "../backups/journal.ts";
import type { JournalData, Operation } from "../backups/journal_entry.ts";

/** A step with what a later run must know of it. */
export interface JournaledStep {
  readonly operation: Operation;
  readonly step: string;
  readonly data: JournalData;
  /** Whether after an error nobody knows if the step was done: then it stays unfinished. */
  readonly isUnknown?: (error: unknown) => boolean;
}

/**
 * Does a step between its intent and its outcome in the journal. A journal that cannot be written
 * afterwards does not make a done step undone: it is said, and the next run finds it unfinished.
 */
export async function journaled<T>(
  journal: Journal,
  { operation, step, data, isUnknown = () => false }: JournaledStep,
  work: () => Promise<T>,
): Promise<T> {
  const intent = await journal.begin(operation, step, data);
  try {
    const result = await work();
    await intent.tryEnd(true);
    return result;
  } catch (error) {
    if (!isUnknown(error)) await intent.tryEnd(false);
    throw error;
  }
}
