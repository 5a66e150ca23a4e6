import type { TargetName } from "../../backups/manifest.ts";
import { OakumError } from "../../core/errors.ts";
import { size } from "../../core/sizes.ts";
import { ago, type Clock, rfc3339 } from "../../core/time.ts";
import type { Queryable } from "../../postgres/connection.ts";
import { listMarked, type MarkedDatabase } from "../../postgres/marks.ts";
import type { KeptDatabase } from "../../reports/restore.ts";

/** A database that was replaced, and when. */
export type Kept = MarkedDatabase & { readonly since: Date };

/** What restores of a database have kept, newest first; at least one. */
export async function findKept(sql: Queryable, target: TargetName): Promise<[Kept, ...Kept[]]> {
  const kept = (await listMarked(sql)).flatMap((database) =>
    database.mark?.purpose === "before" && database.mark.of === target.database
      ? [{ ...database, since: database.mark.at }]
      : []
  );
  const [newest, ...older] = kept.toSorted((a, b) =>
    b.since.getTime() - a.since.getTime() || (a.name < b.name ? 1 : -1)
  );
  if (newest) return [newest, ...older];
  throw new OakumError(
    "nothing-kept",
    "notFound",
    `No database is kept from before a restore of "${target.database}".`,
    { hint: "Only a restore that replaced it keeps one, until --finalize. Look: oakum status" },
  );
}

/** As a report has it. */
export function describeKept({ name, since, bytes }: Kept): KeptDatabase {
  return { name, since: rfc3339(since), bytes };
}

/** As a question has it: `shop__before_20261122_143914, 3 hours ago, 1.2 GB`. */
export function keptLine({ name, since, bytes }: Kept, clock: Clock): string {
  return [name, ago(since, clock.now()), ...bytes === null ? [] : [size(bytes)]].join(", ");
}
