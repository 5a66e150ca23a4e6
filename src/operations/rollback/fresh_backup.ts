import type { Backup } from "../../backups/list.ts";
import { backUp } from "../backup.ts";
import type { Context } from "../context.ts";
import type { Reached } from "../migrate/standing.ts";
import type { RollbackRequest } from "../rollback.ts";
import { type Asked, noFreshBackup } from "./refusals.ts";
import { stillCurrent } from "./still_current.ts";
import type { WayBack } from "./way.ts";

/** A backup of now, and what is to be known of it. */
export interface Fresh {
  readonly taken: Backup;
  readonly warnings: readonly string[];
}

/**
 * The backup that comes before anything else, or the one of a dry run where it still is one of now;
 * undefined where none was asked for.
 */
export async function freshBackup(
  context: Context,
  place: Reached,
  request: Asked & Pick<RollbackRequest, "target">,
  { down }: Pick<WayBack, "down">,
): Promise<Fresh | undefined> {
  const { backup, target } = request;
  if (!backup) return undefined;
  const { session, database } = place;
  const reason = `before rollback ${down[0]?.revision.id}`;
  const kept = await stillCurrent(context, place, request, reason);
  if (kept) {
    const text = `Nothing was written since ${kept.id}: it serves once more, and no other is made.`;
    context.emit({ type: "note", text });
    return { taken: kept, warnings: [] };
  }
  const take = backUp(context, session, database.name, { ...backup, target, reason });
  const { manifest, folder, warnings } = await take.catch((error) => {
    throw noFreshBackup(error, request);
  });
  const state = manifest.suspect.length > 0 ? "suspect" as const : "good" as const;
  return {
    taken: { state, id: manifest.id, folder, manifest, problems: manifest.suspect },
    // A rollback is begun because something is wrong: it is said, and in the way of nothing.
    warnings: [...manifest.suspect.map((text) => `The fresh backup: ${text}`), ...warnings],
  };
}
