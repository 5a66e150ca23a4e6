import { size } from "../core/sizes.ts";
import type { TargetName } from "../backups/manifest.ts";

/** Something that speaks against a restore and can be accepted by the name of its rule. */
export interface Finding {
  /** As `--allow` takes it. */
  readonly rule: string;
  readonly text: string;
  readonly hint: string;
  /** Whether it was accepted. */
  readonly allowed: boolean;
}

/** A role that a restore would create. */
export interface RoleToCreate {
  readonly name: string;
  readonly login: boolean;
  /** Powers over the server that it had and does not get back, such as SUPERUSER. */
  readonly leftOut: readonly string[];
  /** Settings that it had and does not get back: a user may not choose them for itself. */
  readonly settingsLeftOut: readonly string[];
}

/** What is needed on one of the server's file systems, and what is free there; bytes. */
export interface Room {
  readonly path: string;
  readonly needed: number;
  readonly free: number;
}

/** What a restore is about to do. */
export interface RestorePlan {
  readonly kind: "restore-plan";
  readonly target: TargetName;
  /** The backup's id. */
  readonly backup: string;
  readonly takenAt: string;
  /** Why oakum took it by itself, such as `before rollback 4f1c09ab`; null where a person asked. */
  readonly reason: string | null;
  /** What the person who took it wrote on it. */
  readonly note: string | null;
  /** The heads that it was taken at; null where it has no migrations. */
  readonly revisions: readonly string[] | null;
  /** The heads of the database that it replaces; null where that is not known, or there is none. */
  readonly standsAt: readonly string[] | null;
  /** Bytes of the dump, and of the database when it was dumped. */
  readonly dumpBytes: number;
  readonly databaseBytes: number;
  /** The name that the restored database ends under. */
  readonly database: string;
  /** Null where there is nothing under that name yet. */
  readonly replaces: { readonly bytes: number | null } | null;
  /** What is in that now and not in the backup, in sentences; empty where nothing is replaced. */
  readonly loses: readonly string[];
  /** The database that it is loaded into until it is proved. */
  readonly loadsInto: string;
  readonly roles: readonly RoleToCreate[];
  /** Empty where it could not be measured. */
  readonly room: readonly Room[];
  readonly findings: readonly Finding[];
  /** Sentences on what is to be known before. */
  readonly warnings: readonly string[];
}

/** What is brought back, as sentences: what was just taken back may be meant by mistake. */
export function broughtBack(plan: RestorePlan, takenAt: string): string[] {
  const { reason, note, databaseBytes, revisions, standsAt, database } = plan;
  const why = reason === null ? "" : `, ${reason}`;
  const now = standsAt && `"${database}" is at ${at(standsAt)} now`;
  const same = revisions && standsAt && at(revisions) === at(standsAt);
  return [
    `It was taken ${takenAt}${why}, of a database of ${size(databaseBytes)}.`,
    ...note === null ? [] : [`Its note: ${note}`],
    ...same
      ? [`It is at ${at(revisions)}, as "${database}" is now.`]
      : revisions
      ? [`It is at ${at(revisions)}${now ? `, and ${now}` : ""}.`]
      : now
      ? [`It has no migrations, and ${now}.`]
      : [],
  ];
}

function at(heads: readonly string[]): string {
  if (heads.length === 0) return "base, with nothing applied";
  return `${heads.length === 1 ? "revision" : "revisions"} ${heads.toSorted().join(", ")}`;
}

/** What a restore did. */
export interface RestoreReport {
  readonly kind: "restore";
  readonly target: TargetName;
  readonly backup: string;
  readonly database: string;
  /** What was replaced, under its new name; null where nothing was. */
  readonly keptAs: string | null;
  readonly tables: number;
  readonly rows: number;
  /** Sessions that were ended for the swap. */
  readonly endedSessions: number;
  readonly rolesCreated: readonly string[];
  /** Services that should be started anew, since their sessions were ended. */
  readonly restart: readonly string[];
  /** Commands that undo it, and that make it final; null where there is nothing to undo. */
  readonly undo: string | null;
  readonly finalize: string | null;
  readonly tookMs: number;
  readonly warnings: readonly string[];
}

/** What an undo did, or would do. */
export interface UndoReport {
  readonly kind: "undo";
  /** Whether nothing was done yet. */
  readonly dryRun: boolean;
  readonly target: TargetName;
  readonly database: string;
  /** The database that is live again, under the name that it was kept by. */
  readonly wasKeptAs: string;
  /** The one that was live until now, under the name that it is kept by; null where none was. */
  readonly keptAs: string | null;
  readonly endedSessions: number;
  readonly restart: readonly string[];
  /** What else is to be known; left out where there is nothing. */
  readonly warnings?: readonly string[];
}

/** A database that is kept from before a restore. */
export interface KeptDatabase {
  readonly name: string;
  /** RFC 3339. */
  readonly since: string;
  readonly bytes: number | null;
}

/** What a finalize dropped, or would drop. */
export interface FinalizeReport {
  readonly kind: "finalize";
  /** Whether nothing was done yet. */
  readonly dryRun: boolean;
  readonly target: TargetName;
  readonly dropped: readonly KeptDatabase[];
  /** What else is to be known; left out where there is nothing. */
  readonly warnings?: readonly string[];
}
