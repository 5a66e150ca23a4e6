import { namedTargets } from "../../migrators/alembic/resolve.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import type { Migrator } from "../../migrators/migrator.ts";
import type { Context } from "../context.ts";
import { readPatiently } from "../migrate/patience.ts";
import { PATIENCE_MS } from "../migrate/read_both.ts";
import type { Span } from "./span.ts";

/** What most people mean, and what nobody types wrongly. */
const USUAL: ReadonlySet<string> = new Set(["head", "heads"]);

/** The app's migration tool, for as long as it is not disposed of. */
type Opened = { readonly migrator: Migrator } & AsyncDisposable;

/**
 * Throws where a person named a revision that the app has not: nobody should wait for a copy to be
 * told that. An app that cannot be asked, such as one that restarts again and again, is no reason.
 */
export async function requireNamed(
  { signal }: Pick<Context, "signal">,
  open: () => Promise<Opened>,
  span: Span,
): Promise<void> {
  if (span.kind !== "to" || USUAL.has(span.revision)) return;
  const graph = await readGraph(open, signal).catch(() => signal.throwIfAborted());
  if (graph) namedTargets(graph, span.revision);
}

async function readGraph(open: () => Promise<Opened>, signal: AbortSignal): Promise<RevisionGraph> {
  await using app = await open();
  const patience = { milliseconds: PATIENCE_MS, signal };
  return (await readPatiently(app.migrator, { database: false }, patience)).graph;
}
