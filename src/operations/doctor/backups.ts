import { join } from "node:path";
import { fileError } from "../../backups/file_error.ts";
import { newestGood } from "../../backups/find.ts";
import { type Backup, type DamagedBackup, isUnreadable, listTarget } from "../../backups/list.ts";
import { listDir } from "../../backups/list_dir.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { isFuture } from "../../backups/own.ts";
import { nearestFolder } from "../../backups/nearest_folder.ts";
import { freeSpace } from "../../backups/space.ts";
import { targetPath } from "../../backups/target_path.ts";
import { shellWord } from "../../core/shell.ts";
import { size } from "../../core/sizes.ts";
import { ago } from "../../core/time.ts";
import type { Check } from "../../reports/doctor.ts";
import { ok, trouble, warning } from "./checks.ts";

const OLD_MS = 7 * 24 * 3600 * 1000;

const WORDS = {
  good: "good",
  suspect: "suspect",
  missing: "incomplete",
  size: "cut or changed",
  damaged: "damaged",
} as const;

/** The backups of the target: whether there is a good one, how old it is, and room for the next. */
export async function checkBackups(dir: string, target: TargetName, now: Date): Promise<Check[]> {
  const listing = await listTarget(dir, target);
  const ahead = listing.backups.flatMap((backup) => checkTime(backup, now));
  const unfit = listing.backups.filter(({ state }) => state !== "good").map((backup) => {
    const why = backup.state === "damaged" ? backup.error.message : backup.problems.join(" ");
    const state = isUnreadable(backup) ? "unreadable" : WORDS[backup.state];
    const text = `The backup ${backup.id} is ${state}: ${why}`;
    return warning("backup-not-good", text, mendOf(backup));
  });
  const bad = [...ahead, ...unfit];
  const newest = newestGood(listing, now);
  if (!newest) {
    return [...bad, trouble("no-backup", `There is no good backup in ${dir}.`, "oakum backup")];
  }
  const { takenAt, verified, dump } = newest.manifest;
  const when = new Date(takenAt);
  const age = now.getTime() - when.getTime() > OLD_MS
    ? warning("old-backup", `The newest good backup is from ${ago(when, now)}.`, "oakum backup")
    : ok("backup", `The newest good backup is from ${ago(when, now)}, ${size(dump.bytes)}.`);
  const proof = verified.level === "none"
    ? [warning("backup-not-verified", `${newest.id} was never read back.`, "oakum verify")]
    : [];
  return [...bad, age, ...proof];
}

/** What was read back, and is suspect still, is whole: a person has to look at what it holds. */
function mendOf(backup: Backup | DamagedBackup): string {
  const { id } = backup;
  if (isUnreadable(backup)) return backup.error.hint ?? `oakum verify ${id}`;
  if (backup.state !== "suspect") return `oakum verify ${id}`;
  return backup.manifest.verified.level === "none"
    ? `oakum verify --restore ${id}`
    : `Look at it: oakum restore ${id} --into look. If it is right: oakum pin ${id}`;
}

/** A clock was wrong once, or is now: then nothing would ever be newer. */
function checkTime(backup: Backup | DamagedBackup, now: Date): Check[] {
  if (backup.state === "damaged" || !isFuture(backup.manifest, now)) return [];
  const { id, manifest: { takenAt } } = backup;
  const text = `The backup ${id} is dated ${takenAt}, in the future: it is passed over.`;
  const mend = "See whether this machine's clock is right: date. If it is, move that backup's " +
    "files away, or use it by its name.";
  return [warning("backup-in-the-future", text, mend)];
}

/** What lies in a backup folder, for when the database itself cannot be asked. */
export async function checkAllBackups(dir: string, now: Date): Promise<Check[]> {
  const { targets } = await listDir(dir);
  return targets.flatMap((listing) => {
    const newest = newestGood(listing, now);
    if (!newest) return [];
    const { takenAt, dump } = newest.manifest;
    const when = `${ago(new Date(takenAt), now)}, ${size(dump.bytes)}`;
    return [ok("backup", `The newest good backup in ${listing.folder} is from ${when}.`)];
  });
}

/** Whether the next backup can be written, and fits: it needs about what the last one took. */
export async function checkBackupFolder(
  dir: string,
  target: TargetName,
  databaseBytes: number,
  now: Date,
): Promise<Check[]> {
  const path = targetPath(dir, target);
  const folder = await nearestFolder(path);
  const inTheWay = await nextBelow(folder, path);
  if (inTheWay !== undefined) {
    return [
      trouble(
        "backup-folder",
        `No backup can be written to ${dir}: "${inTheWay}" is no folder.`,
        `Move it away (mv ${shellWord(inTheWay)} ${shellWord(`${inTheWay}.old`)}), or name ` +
          "another folder: --dir DIR",
      ),
    ];
  }
  const probe = join(folder, `.oakum-doctor-${crypto.randomUUID()}`);
  try {
    await Deno.writeTextFile(probe, "", { createNew: true, mode: 0o600 });
    await Deno.remove(probe);
  } catch (error) {
    const why = fileError("write in", folder, error).message;
    return [
      trouble(
        "backup-folder",
        `No backup can be written to ${dir}: ${why}`,
        `Let this user write there (sudo chown "$USER" ${shellWord(folder)}), or name another ` +
          "folder: --dir DIR",
      ),
    ];
  }
  const newest = newestGood(await listTarget(dir, target), now);
  const needed = newest ? newest.manifest.dump.bytes * GROWTH : databaseBytes;
  return [backupRoom(dir, await freeSpace(folder), needed)];
}

/** What is on the way from a folder to a path, and is no folder, such as a file of that name. */
async function nextBelow(folder: string, path: string): Promise<string | undefined> {
  if (folder === path) return undefined;
  const next = join(folder, path.slice(folder.length).split("/").find((part) => part !== "")!);
  return await Deno.lstat(next).then(
    ({ isDirectory }) => isDirectory ? undefined : next,
    () => undefined,
  );
}

const GROWTH = 1.2;

/** Judges the room for the next backup. */
export function backupRoom(dir: string, free: number, needed: number): Check {
  if (free >= needed) {
    return ok("backup-disk", `${dir} can be written to and has ${size(free)} free.`);
  }
  return trouble(
    "backup-disk",
    `${dir} has ${size(free)} free; the next backup needs up to ${size(needed)}.`,
    "Free some space there, or choose another folder: --dir DIR",
  );
}

/** A backup folder in a Docker build context goes into images, unless it is left out. */
export async function checkBuildContext(
  dir: string,
  workingDir: string | undefined,
): Promise<Check[]> {
  if (workingDir === undefined || !dir.startsWith(`${workingDir}/`)) return [];
  const exists = (name: string) => Deno.stat(`${workingDir}/${name}`).then(() => true, () => false);
  if (!await exists("Dockerfile") || !await exists(dir.slice(workingDir.length + 1))) return [];
  const ignored = await Deno.readTextFile(`${workingDir}/.dockerignore`).catch(() => "");
  const name = dir.slice(workingDir.length + 1);
  if (leavesOut(ignored, name)) return [];
  return [
    warning(
      "build-context",
      `${dir} is in the build context of a Dockerfile: backups may end up in an image.`,
      `echo ${shellWord(name)} >> ${shellWord(`${workingDir}/.dockerignore`)}`,
    ),
  ];
}

/** Whether a `.dockerignore` has a folder, or one around it, among its patterns. */
export function leavesOut(ignored: string, folder: string): boolean {
  const parts = folder.split("/");
  const around = parts.map((_, at) => parts.slice(0, at + 1).join("/"));
  const names = new Set(["*", "**", ...around, ...parts.map((part) => `**/${part}`)]);
  const lines = ignored.split("\n").map((line) => line.trim().replace(/^\//, ""));
  const included = lines.some((line) => line === `!${folder}`);
  return !included && lines.some((line) => names.has(line.replace(/\/(\*\*?)?$/, "")));
}
