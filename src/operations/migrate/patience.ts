import { OakumError } from "../../core/errors.ts";
import type { MigrationProject, Migrator, ReadOptions } from "../../migrators/migrator.ts";

/** How long is waited, and until when it makes sense. */
export interface Patience {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

/**
 * Reads a project, and where its database is. An address where nothing answers would keep env.py for
 * minutes, or for ever: then this throws an `OakumError` with code `database-silent`; where only files
 * are read, with `app-silent`.
 */
export async function readPatiently(
  migrator: Migrator,
  options: ReadOptions,
  { milliseconds, signal }: Patience,
): Promise<MigrationProject> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), milliseconds);
  try {
    return await migrator.read(options, AbortSignal.any([signal, patience.signal]));
  } catch (error) {
    if (!patience.signal.aborted || signal.aborted) throw error;
    throw options.database ? silent(milliseconds) : stuck(milliseconds);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether env.py had no answer in time. */
export function isSilent(error: unknown): error is OakumError {
  return error instanceof OakumError && error.code === "database-silent";
}

function silent(milliseconds: number): OakumError {
  return new OakumError(
    "database-silent",
    "refused",
    `The app's env.py had no answer from its database for ${milliseconds / 1000} seconds.`,
    { hint: "Find out why: oakum doctor" },
  );
}

function stuck(milliseconds: number): OakumError {
  return new OakumError(
    "app-silent",
    "refused",
    `The app's Python did not come to an end with reading the revisions in ${
      milliseconds / 1000
    } seconds.`,
    { hint: "A revision file, or what it imports, waits for something when it is loaded." },
  );
}
