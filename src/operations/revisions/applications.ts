import { z } from "zod";
import type { JournalEntry } from "../../backups/journal_entry.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";

/** When oakum applied a revision that is still applied, and what its file was then. */
export interface Application {
  /** RFC 3339. */
  readonly at: string;
  readonly sha256: string;
  /** The hash of its code alone; undefined where an older oakum applied it. */
  readonly codeSha256: string | undefined;
}

const stepData = z.object({
  revision: z.string(),
  sha256: z.string(),
  codeSha256: z.string().nullish(),
});
const moved = z.object({ from: z.array(z.string()), to: z.array(z.string()) });

/**
 * The applied revisions of a journal. One that was undone later is not among them, nor one that a
 * stamp took away, nor one that was missing when a later move began: a restore, or somebody else,
 * had taken it back.
 */
export function applications(
  entries: readonly JournalEntry[],
  graph: RevisionGraph,
): ReadonlyMap<string, Application> {
  const memory = new Memory(graph);
  const outcomes = new Map(
    entries.flatMap((entry) => entry.kind === "outcome" ? [[entry.id, entry] as const] : []),
  );
  for (const intent of entries) {
    if (intent.kind !== "intent") continue;
    const move = moved.safeParse(intent.data).data;
    if (move) memory.keepOnly(move.from);
    const outcome = outcomes.get(intent.id);
    if (!outcome?.ok) continue;
    if (intent.step === "apply") memory.step(intent, outcome.at);
    else if (move) memory.keepOnly(move.to);
  }
  return memory.applied;
}

/** What is applied as far as a journal was read. */
class Memory {
  readonly applied = new Map<string, Application>();

  constructor(private readonly graph: RevisionGraph) {}

  step({ operation, data }: JournalEntry, at: string): void {
    const step = stepData.safeParse(data).data;
    if (!step) return;
    const { revision, sha256, codeSha256 } = step;
    if (operation !== "upgrade") this.applied.delete(revision);
    else this.applied.set(revision, { at, sha256, codeSha256: codeSha256 ?? undefined });
  }

  /** The database was seen at these heads: what is not below them is not applied. */
  keepOnly(heads: readonly string[]): void {
    // Nobody knows what a revision follows whose file is gone.
    if (!heads.every((id) => this.graph.has(id))) return;
    const below = this.graph.ancestors(heads, "all");
    for (const id of this.applied.keys()) if (!below.has(id)) this.applied.delete(id);
  }
}
