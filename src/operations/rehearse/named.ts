import { namedTargets } from "../../migrators/alembic/resolve.ts";
import type { Migrator } from "../../migrators/migrator.ts";
import type { Context } from "../context.ts";
import { explained } from "../migrate/failure.ts";
import { readPatiently } from "../migrate/patience.ts";
import { PATIENCE_MS } from "../migrate/read_both.ts";
import type { RehearsalRequest } from "../rehearse.ts";

/** What most people mean, and what nobody types wrongly. */
const USUAL: ReadonlySet<string> = new Set(["head", "heads"]);

/** Whether a person named a revision, so that there may be none. */
export function isNamed({ span }: Pick<RehearsalRequest, "span">): boolean {
  return span.kind === "to" && !USUAL.has(span.revision);
}

/** Throws where the app has no such revision: nobody should wait for a copy to be told that. */
export async function requireNamed(
  { signal }: Pick<Context, "signal">,
  migrator: Migrator,
  { span, app }: Pick<RehearsalRequest, "span" | "app">,
): Promise<void> {
  const patience = { milliseconds: PATIENCE_MS, signal };
  const reading = readPatiently(migrator, { database: false }, patience);
  const { graph } = await explained(`Reading the revisions of ${app}`, reading);
  if (span.kind === "to") namedTargets(graph, span.revision);
}
