import { join } from "node:path";
import type { StepOutcome } from "../../backups/journal_entry.ts";
import { ownGood } from "../../backups/find.ts";
import { readJournal } from "../../backups/journal_read.ts";
import { type Backup, type Listing, listTarget } from "../../backups/list.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { JOURNAL } from "../../backups/names.ts";
import { isOwn } from "../../backups/own.ts";
import { targetPath } from "../../backups/target_path.ts";
import {
  appliedAt,
  downgradeSteps,
  type Step,
  stepsBetween,
  undoing,
  wayBack,
} from "../../migrators/alembic/resolve.ts";
import type { RevisionGraph } from "../../migrators/alembic/revisions.ts";
import { headsText, sameHeads } from "../migrate/picture.ts";
import { type LastUpgrade, lastUpgrade } from "./last_upgrade.ts";
import { nothingToUndo, notOurs } from "./refusals.ts";

/** Something that can be done, or why it cannot. */
export type Possible<T> = { readonly can: T } | { readonly cannot: string };

/** What is undone, and by which ways. */
export interface WayBack {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** The same revisions, oldest first and newest first. */
  readonly up: readonly Step[];
  readonly down: readonly Step[];
  /** Undefined where a person named the goal. */
  readonly upgrade: LastUpgrade | undefined;
  /** What `downgrade` takes to come there. */
  readonly downgrade: Possible<string>;
  /** The backup that a restore would load. */
  readonly restore: Possible<Backup>;
}

/** Where the way back is looked for. */
export interface Search {
  readonly dir: string;
  readonly target: TargetName;
  /** As typed; undefined: to before the last upgrade. */
  readonly to: string | undefined;
  /** What is known of the journal's open steps and is not written there. */
  readonly unwritten: readonly StepOutcome[];
  /** Nothing taken later is believed. */
  readonly now: Date;
}

/**
 * Finds out what is to be undone; an upgrade that oakum did not make is never guessed at. Refuses
 * where the scripts do not have what the version table names.
 */
export async function findWayBack(
  graph: RevisionGraph,
  heads: readonly string[],
  search: Search,
): Promise<WayBack> {
  appliedAt(graph, heads);
  const listing = await listTarget(search.dir, search.target);
  const good = ownGood(listing, search.now);
  return search.to === undefined
    ? await beforeLastUpgrade(graph, heads, search, { listing, good })
    : toTyped(graph, heads, search.to, good);
}

/** What lies in the folder, and what of it speaks for the database as it was. */
interface Known {
  readonly listing: Listing;
  readonly good: readonly Backup[];
}

async function beforeLastUpgrade(
  graph: RevisionGraph,
  heads: readonly string[],
  { dir, target, unwritten }: Search,
  known: Known,
): Promise<WayBack> {
  const { entries } = await readJournal(join(targetPath(dir, target), JOURNAL));
  const upgrade = lastUpgrade([...entries, ...unwritten], heads);
  if (!upgrade) throw notOurs(graph, heads, known.good);
  const up = stepsBetween(graph, upgrade.before, heads);
  const to = wayBack(graph, up);
  return {
    ...{ from: heads, to: upgrade.before, up, down: undoing(up), upgrade },
    downgrade: wayDown(up, to),
    restore: backupBefore(known, upgrade),
  };
}

function toTyped(
  graph: RevisionGraph,
  heads: readonly string[],
  typed: string,
  good: readonly Backup[],
): WayBack {
  const down = downgradeSteps(graph, typed, heads);
  const to = down.at(-1)?.headsAfter;
  if (!to) throw nothingToUndo(heads, typed);
  const up = stepsBetween(graph, to, heads);
  return {
    ...{ from: heads, to, up, down, upgrade: undefined },
    downgrade: wayDown(up, typed),
    restore: backupAt(good, to),
  };
}

function wayDown(up: readonly Step[], to: string | undefined): Possible<string> {
  const barred = up.find(({ revision: { downgrade } }) =>
    downgrade === "missing" || downgrade === "raises"
  );
  if (barred) {
    const { id, downgrade } = barred.revision;
    const why = downgrade === "missing" ? "is missing" : "raises an error by design";
    return { cannot: `the downgrade() of ${id} ${why}.` };
  }
  if (to !== undefined) return { can: to };
  const before = headsText(up[0]?.headsBefore ?? []);
  return { cannot: `the history branches, and no single downgrade leads to ${before}.` };
}

/** The backup that the upgrade itself took; else, the newest of that state from before it. */
function backupBefore(
  { listing, good }: Known,
  { backup, before, at }: LastUpgrade,
): Possible<Backup> {
  const found = listing.backups.find(({ id }) => id === backup);
  if (!found) return backupAt(good, before, new Date(at));
  if (found.state === "damaged") return { cannot: `the manifest of ${found.id} is damaged.` };
  if (found.state !== "good" && found.state !== "suspect") {
    return { cannot: `${found.id} is not whole: ${found.problems.join(" ")}` };
  }
  if (!isOwn(found.manifest)) return { cannot: `${found.id} was adopted.` };
  return { can: found };
}

/** The newest good backup at exactly these heads, of before an instant where there is one. */
function backupAt(
  good: readonly Backup[],
  heads: readonly string[],
  before?: Date,
): Possible<Backup> {
  const found = good.find(({ manifest: { migrations, takenAt } }) =>
    sameHeads(migrations?.revisions ?? [], heads) &&
    (before === undefined || new Date(takenAt) <= before)
  );
  return found ? { can: found } : { cannot: `there is no good backup at ${headsText(heads)}.` };
}
