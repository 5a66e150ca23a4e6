import { z } from "zod";
import type { JournalEntry } from "../../backups/journal_entry.ts";

/** When oakum applied a revision that is still applied, and what its file was then. */
export interface Application {
  /** RFC 3339. */
  readonly at: string;
  readonly sha256: string;
}

const step = z.object({ revision: z.string(), sha256: z.string() });

/** The applied revisions of a journal; one that was undone later is not among them. */
export function applications(entries: readonly JournalEntry[]): ReadonlyMap<string, Application> {
  const intents = new Map<string, z.infer<typeof step>>();
  const found = new Map<string, Application>();
  for (const entry of entries) {
    if (entry.step !== "apply") continue;
    if (entry.kind === "intent") {
      const { success, data } = step.safeParse(entry.data);
      if (success) intents.set(entry.id, data);
      continue;
    }
    const intent = intents.get(entry.id);
    if (!intent || !entry.ok) continue;
    if (entry.operation === "upgrade") {
      found.set(intent.revision, { at: entry.at, sha256: intent.sha256 });
    } else found.delete(intent.revision);
  }
  return found;
}
