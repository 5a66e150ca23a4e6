import {
  type Backup,
  type DamagedBackup,
  isUnreadable,
  type Listing,
  listTarget,
} from "../backups/list.ts";
import { listDir } from "../backups/list_dir.ts";
import { adoptedFrom, isFuture } from "../backups/own.ts";
import type { TargetName } from "../backups/manifest.ts";
import type { BackupLine, BackupsReport, TargetBackups } from "../reports/backups.ts";

/** Lists the backups of one target, or of every target that the folder holds. */
export async function listBackups(
  dir: string,
  now: Date,
  target?: TargetName,
): Promise<BackupsReport> {
  const listings = target ? [await listTarget(dir, target)] : (await listDir(dir)).targets;
  return reportOf(dir, listings, now);
}

/** Lists the backups of every database of a stack, for when nobody can say which one is meant. */
export async function listStackBackups(
  dir: string,
  now: Date,
  project: string,
): Promise<BackupsReport> {
  const { targets } = await listDir(dir);
  return reportOf(dir, targets.filter(({ target }) => target?.project === project), now);
}

function reportOf(dir: string, listings: readonly Listing[], now: Date): BackupsReport {
  const targets = listings.map(({ target, folder, backups, loose }): TargetBackups => ({
    target: target ?? null,
    folder,
    backups: backups.map((backup) => line(backup, now)),
    loose,
  }));
  return { kind: "backups", dir, targets };
}

function line(backup: Backup | DamagedBackup, now: Date): BackupLine {
  if (backup.state === "damaged") {
    const { id, error } = backup;
    const state = isUnreadable(backup) ? "unreadable" : "damaged";
    const unknown = { takenAt: null, bytes: null, verified: null, revisions: null, rows: null };
    return {
      id,
      state,
      problems: [error.message],
      ...unknown,
      server: null,
      reason: null,
      note: null,
      ...{ adopted: null, future: false },
      pinned: null,
    };
  }
  const { id, state, problems, manifest } = backup;
  const future = isFuture(manifest, now);
  return {
    id,
    state,
    problems: future ? [...problems, FUTURE] : problems,
    takenAt: manifest.takenAt,
    bytes: manifest.dump.bytes,
    verified: manifest.verified.level,
    revisions: manifest.migrations?.revisions ?? null,
    rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
    server: manifest.server.version,
    reason: manifest.reason,
    note: manifest.note ?? null,
    adopted: adoptedFrom(manifest),
    future,
    pinned: manifest.pinned,
  };
}

const FUTURE = "Its time lies in the future: a clock was wrong, here or there. It is passed over.";
