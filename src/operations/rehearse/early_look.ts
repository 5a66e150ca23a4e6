import { namedTargets } from "../../migrators/alembic/resolve.ts";
import { ProgramFailure } from "../../migrators/alembic/program_failure.ts";
import type { MigrationProject, Migrator } from "../../migrators/migrator.ts";
import { explained } from "../migrate/failure.ts";
import { readPatiently } from "../migrate/patience.ts";
import type { Span } from "./span.ts";

/** What is wrong with the files themselves, whatever the database holds. */
const OF_FILES: ReadonlySet<string> = new Set([
  ...["no-config", "bad-config", "no-script-location", "no-script-folder", "flask-migrate"],
  ...["duplicate-revision", "missing-parent", "cycle"],
]);

/** It is but a first look; one that takes longer is not waited for. */
const PATIENCE_MS = 20_000;

/**
 * Looks at the revision files of a clone before there is any data: throws where they are no history,
 * or where it has no revision that was asked for. Nobody should wait for a load to be told that.
 */
export async function lookEarly(
  migrator: Migrator,
  span: Span,
  signal: AbortSignal,
): Promise<void> {
  const project = await explained("Reading the revisions", readFiles(migrator, signal));
  if (project && span.kind === "to") namedTargets(project.graph, span.revision);
}

/** Undefined where it may be for want of the data: a module may ask the database when imported. */
async function readFiles(
  migrator: Migrator,
  signal: AbortSignal,
): Promise<MigrationProject | undefined> {
  try {
    const patience = { milliseconds: PATIENCE_MS, signal };
    return await readPatiently(migrator, { database: false }, patience);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProgramFailure && OF_FILES.has(error.failure.kind)) throw error;
  }
}
