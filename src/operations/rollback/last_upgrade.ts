import { z } from "zod";
import type { JournalEntry } from "../../backups/journal_entry.ts";
import { sameHeads } from "../migrate/picture.ts";

const image = z.object({ name: z.string(), id: z.string() });

const move = z.object({
  revision: z.string(),
  from: z.array(z.string()),
  to: z.array(z.string()),
  backup: z.string().nullish(),
  image: image.nullish().catch(undefined),
});

/** An upgrade that oakum made and that is still in the database, whole or in part. */
export interface LastUpgrade {
  readonly run: string;
  /** RFC 3339: when its first step began. */
  readonly at: string;
  /** When its last step ended; null where the run itself did not see that. */
  readonly until: string | null;
  /** What the version table held before it. */
  readonly before: readonly string[];
  /** The backup that was taken before it. */
  readonly backup: string | null;
  /** The app's image from before it. */
  readonly image: z.infer<typeof image> | null;
}

/** A step that is in the database. */
interface Applied extends z.infer<typeof move> {
  readonly run: string;
  readonly at: string;
  readonly until: string | null;
}

/**
 * The last upgrade of a journal that led to these heads; undefined where what is applied came about
 * in another way: a stamp, somebody else, nobody knows.
 */
export function lastUpgrade(
  entries: readonly JournalEntry[],
  heads: readonly string[],
): LastUpgrade | undefined {
  const { applied, swapped } = replay(entries);
  // A restore may have brought back a state from before some of them.
  while (swapped && applied.length > 0 && !sameHeads(applied.at(-1)!.to, heads)) applied.pop();
  const last = applied.at(-1);
  if (!last || !sameHeads(last.to, heads)) return undefined;
  let first = last;
  for (const step of applied.toReversed().slice(1)) {
    if (step.run !== last.run || !sameHeads(step.to, first.from)) break;
    first = step;
  }
  const { run, at, from, backup, image } = first;
  const { until } = last;
  return { run, at, until, before: from, backup: backup ?? null, image: image ?? null };
}

/** The steps that are applied as far as the journal knows, oldest first. */
function replay(entries: readonly JournalEntry[]): { applied: Applied[]; swapped: boolean } {
  const intents = new Map<string, Applied>();
  let applied: Applied[] = [];
  let swapped = false;
  for (const entry of entries) {
    const { kind, id, run, at, operation, step } = entry;
    if (kind === "intent") {
      const { success, data } = move.safeParse(entry.data);
      if (success) intents.set(id, { ...data, run, at, until: null });
    } else if (entry.ok && step === "swap") swapped = true;
    else if (entry.ok && operation === "stamp") applied = [];
    else if (entry.ok && step === "apply") {
      const moved = intents.get(id);
      if (!moved) continue;
      const until = "settledBy" in entry.data ? null : at;
      if (operation === "upgrade") [applied, swapped] = [[...applied, { ...moved, until }], false];
      else applied = applied.filter(({ revision }) => revision !== moved.revision);
    }
  }
  return { applied, swapped };
}
