import { type Backup, type DamagedBackup, newestFirst } from "./list.ts";
import { isFuture, isOwn } from "./own.ts";

/** How many backups stay, by rule. */
export interface RetentionPolicy {
  /** Of the backups that oakum takes by itself: the newest so many of each kind of reason. */
  readonly ownPerKind: number;
}

/** What holds where nobody said otherwise. */
export const DEFAULT_POLICY: RetentionPolicy = { ownPerKind: 5 };

/** A backup that stays, with every rule that keeps it. */
export interface Kept {
  readonly backup: Backup | DamagedBackup;
  readonly reasons: readonly string[];
}

/** What a policy makes of the backups of one target. */
export interface RetentionPlan {
  /** Newest first. */
  readonly keep: readonly Kept[];
  readonly remove: readonly Backup[];
  /** Why nothing is removed at all, in a sentence; null where the policy was applied. */
  readonly stopped: string | null;
}

/** A rule: which of the good backups, newest first, it keeps, and in which words. */
type Rule = (good: readonly Backup[]) => Map<Backup, string>;

/**
 * Decides which backups of one target go. Only what is good and wanted by no rule goes: what a
 * person should look at first (suspect, damaged, incomplete) stays and counts for nothing. So does
 * what was adopted, since nobody can take it again, and what claims to be from the future, lest a
 * clock that was wrong once push out each new one.
 */
export function applyRetention(
  listed: readonly (Backup | DamagedBackup)[],
  policy: RetentionPolicy,
  now: Date,
): RetentionPlan {
  const backups = listed.toSorted(newestFirst);
  const newest = backups.find((backup) => isOfNow(backup, now) && isJudged(backup));
  if (newest && isSuspect(newest)) return stop(backups, newest.id);
  const good = backups.filter((backup) => isCounted(backup, now));
  const verdicts = rules(policy).map((rule) => rule(good));
  const reasonsOf = (backup: Backup | DamagedBackup): string[] =>
    isCounted(backup, now)
      ? verdicts.flatMap((verdict) => verdict.get(backup) ?? [])
      : [uncounted(backup, now)];
  const judged = backups.map((backup) => ({ backup, reasons: reasonsOf(backup) }));
  return {
    keep: judged.filter(({ reasons }) => reasons.length > 0),
    remove: judged.flatMap(({ backup, reasons }) =>
      reasons.length === 0 && isGood(backup) ? [backup] : []
    ),
    stopped: null,
  };
}

/** `before upgrade 4f1c09ab` → `before upgrade`: what kind of occasion a reason names. */
export function reasonKind(reason: string): string {
  return reason.trim().split(/\s+/).slice(0, 2).join(" ");
}

/** Every policy, also an empty one, includes the rules that protect the last way back. */
function rules({ ownPerKind }: RetentionPolicy): Rule[] {
  return [
    (good) => new Map(good.slice(0, 1).map((backup) => [backup, "the newest good one"])),
    (good) =>
      new Map(provedNewest(good).map((backup) => [backup, "the newest proved by a restore"])),
    keepWhere(({ pinned }) => pinned !== null, "pinned"),
    keepWhere(({ reason }) => reason === null, "taken by hand"),
    (good) => newestOfEachKind(good, ownPerKind),
  ];
}

function keepWhere(holds: (manifest: Backup["manifest"]) => boolean, words: string): Rule {
  return (good) =>
    new Map(good.filter(({ manifest }) => holds(manifest)).map((backup) => [backup, words]));
}

function provedNewest(good: readonly Backup[]): Backup[] {
  return good.filter(({ manifest }) => manifest.verified.level === "restore").slice(0, 1);
}

function newestOfEachKind(good: readonly Backup[], limit: number): Map<Backup, string> {
  const kinds = Map.groupBy(
    good.filter(({ manifest }) => manifest.reason !== null),
    ({ manifest }) => reasonKind(manifest.reason ?? ""),
  );
  return new Map(
    Array.from(kinds).flatMap(([kind, backups]) =>
      backups.slice(0, limit).map((backup, at) =>
        [backup, `${kind}, ${at + 1} of ${limit}`] as const
      )
    ),
  );
}

function isGood(backup: Backup | DamagedBackup): backup is Backup {
  return backup.state === "good";
}

function isSuspect(backup: Backup | DamagedBackup): boolean {
  return backup.state !== "damaged" && backup.manifest.suspect.length > 0;
}

/** Whether it was judged by what is in it. */
function isJudged(backup: Backup | DamagedBackup): boolean {
  return isGood(backup) || isSuspect(backup);
}

/** Whether it was taken of the target itself, up to now. */
function isOfNow(backup: Backup | DamagedBackup, now: Date): boolean {
  if (backup.state === "damaged") return false;
  return isOwn(backup.manifest) && !isFuture(backup.manifest, now);
}

function isCounted(backup: Backup | DamagedBackup, now: Date): backup is Backup {
  return isGood(backup) && isOfNow(backup, now);
}

/** Why a backup that no rule has looked at stays. */
function uncounted(backup: Backup | DamagedBackup, now: Date): string {
  if (backup.state === "damaged") return "damaged manifest";
  if (!isOwn(backup.manifest)) return "adopted";
  if (isFuture(backup.manifest, now)) return "dated in the future";
  return { good: "good", suspect: "suspect", missing: "file missing", size: "wrong size" }[
    backup.state
  ];
}

function stop(backups: readonly (Backup | DamagedBackup)[], id: string): RetentionPlan {
  const reasons = ["nothing is removed now"];
  return {
    keep: backups.map((backup) => ({ backup, reasons })),
    remove: [],
    stopped: `The newest backup, "${id}", looks like a collapse of the one before it: nothing is ` +
      "removed until `oakum pin` or `--accept` clears it.",
  };
}
