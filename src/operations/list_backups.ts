import { type Backup, type DamagedBackup, type Listing, listTarget } from "../backups/list.ts";
import { listDir } from "../backups/list_dir.ts";
import type { TargetName } from "../backups/manifest.ts";
import type { BackupLine, BackupsReport, TargetBackups } from "../reports/backups.ts";

/** Lists the backups of one target, or of every target that the folder holds. */
export async function listBackups(dir: string, target?: TargetName): Promise<BackupsReport> {
  const listings = target ? [await listTarget(dir, target)] : (await listDir(dir)).targets;
  return { kind: "backups", dir, targets: listings.map(describe) };
}

/** Lists the backups of every database of a stack, for when nobody can say which one is meant. */
export async function listStackBackups(dir: string, project: string): Promise<BackupsReport> {
  const { targets } = await listDir(dir);
  const own = targets.filter(({ target }) => target?.project === project);
  return { kind: "backups", dir, targets: own.map(describe) };
}

function describe({ target, folder, backups, loose }: Listing): TargetBackups {
  return { target: target ?? null, folder, backups: backups.map(line), loose };
}

function line(backup: Backup | DamagedBackup): BackupLine {
  if (backup.state === "damaged") {
    const { id, state, error } = backup;
    const unknown = { takenAt: null, bytes: null, verified: null, revisions: null, rows: null };
    return {
      id,
      state,
      problems: [error.message],
      ...unknown,
      server: null,
      reason: null,
      note: null,
      pinned: null,
    };
  }
  const { id, state, problems, manifest } = backup;
  return {
    id,
    state,
    problems,
    takenAt: manifest.takenAt,
    bytes: manifest.dump.bytes,
    verified: manifest.verified.level,
    revisions: manifest.migrations?.revisions ?? null,
    rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
    server: manifest.server.version,
    reason: manifest.reason,
    note: manifest.note ?? null,
    pinned: manifest.pinned,
  };
}
