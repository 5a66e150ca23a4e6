import { join } from "node:path";
import { OakumError } from "../core/errors.ts";
import { size } from "../core/sizes.ts";
import { lookup } from "./files.ts";
import { readFolder, requireNoLinks } from "./folder.ts";
import type { Manifest, TargetName } from "./manifest.ts";
import { readManifest } from "./manifest_file.ts";
import { strangeness } from "./open_file.ts";
import { JOURNAL, KNOWN_DRIFT, manifestName, parseTemporary, REHEARSAL, stemOf } from "./names.ts";
import { targetPath } from "./target_path.ts";

/** A backup whose manifest can be believed; whether its data can, only a check tells. */
export interface Backup {
  /**
   * `good`; `suspect` looks like a collapse of the one before; `missing` a file is not there;
   * `size` a file has another size than the manifest says.
   */
  readonly state: "good" | "suspect" | "missing" | "size";
  readonly id: string;
  /** The folder that it lies in. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Why it is not good, in sentences; empty where it is. */
  readonly problems: readonly string[];
}

/** A backup whose manifest cannot be believed. */
export interface DamagedBackup {
  readonly state: "damaged";
  readonly id: string;
  readonly folder: string;
  readonly error: OakumError;
}

/** Whether it only cannot be read by this user: it may be as good as any. */
export function isUnreadable(backup: Backup | DamagedBackup): backup is DamagedBackup {
  return backup.state === "damaged" && backup.error.code === "file-access";
}

/** What a folder holds. */
export interface Listing {
  readonly folder: string;
  /** False where the folder was never made. */
  readonly exists: boolean;
  /** Nothing where the folder's name was cut and no manifest could be read. */
  readonly target: TargetName | undefined;
  /** Newest first by the manifest's time; damaged ones, which have none, at the end. */
  readonly backups: readonly (Backup | DamagedBackup)[];
  /** Names of files that are no backup's, such as dumps of other tools. */
  readonly loose: readonly string[];
}

/** Where a backup's dump lies. */
export function dumpPath({ folder, manifest }: Pick<Backup, "folder" | "manifest">): string {
  return join(folder, manifest.dump.file);
}

/** Lists the backups of one target. */
export async function listTarget(dir: string, target: TargetName): Promise<Listing> {
  await requireNoLinks(dir, target);
  return await listFolder(targetPath(dir, target), target);
}

/** Lists one folder; where a target is given, a manifest of another one is an error in its place. */
export async function listFolder(folder: string, target?: TargetName): Promise<Listing> {
  const entries = await readFolder(folder);
  const names = (entries ?? []).map((entry) => entry.name).toSorted();
  const found: (Backup | DamagedBackup)[] = [];
  for (const id of names.filter(isManifest).map((name) => stemOf(name)!)) {
    const backup = await readBackup(folder, id, target);
    if (backup) found.push(backup);
  }
  const backups = found.toSorted(newestFirst);
  const known = backups.find((backup) => backup.state !== "damaged");
  return {
    folder,
    exists: entries !== undefined,
    target: target ?? known?.manifest.target,
    backups,
    loose: looseNames(names),
  };
}

function isManifest(name: string): boolean {
  const stem = stemOf(name);
  return stem !== undefined && name === manifestName(stem);
}

/** Reads one backup; nothing where it was removed meanwhile. */
async function readBackup(
  folder: string,
  id: string,
  target: TargetName | undefined,
): Promise<Backup | DamagedBackup | undefined> {
  const path = join(folder, manifestName(id));
  try {
    const manifest = await readManifest(path);
    if (target) checkTarget(manifest.target, target, path);
    const backup = { id, folder, manifest, ...await judge(folder, manifest) };
    return backup.state === "missing" && !await lookup(path) ? undefined : backup;
  } catch (thrown) {
    if (!await lookup(path)) return undefined;
    if (!(thrown instanceof OakumError)) throw thrown;
    return { state: "damaged", id, folder, error: thrown };
  }
}

function checkTarget(found: TargetName, expected: TargetName, path: string): void {
  const words = ({ project, service, database }: TargetName) =>
    `database "${database}" of service "${service}" in project "${project}"`;
  if (words(found) === words(expected)) return;
  throw new OakumError(
    "manifest-misplaced",
    "refused",
    `"${path}" is a backup of the ${words(found)}, not of the ${words(expected)}.`,
    { hint: "To use it all the same, name it by its path.", data: { path, found, expected } },
  );
}

async function judge(
  folder: string,
  { dump, globals, suspect }: Manifest,
): Promise<Pick<Backup, "state" | "problems">> {
  const missing: string[] = [];
  const sizes: string[] = [];
  for (const { file, bytes } of [dump, globals].filter((data) => data !== null)) {
    const path = join(folder, file);
    const found = await lookup(path);
    const strange = found && await strangeness(path, found);
    if (!found || strange) missing.push(`"${file}" ${strange ?? "is not there"}.`);
    else if (found.size !== bytes) {
      sizes.push(`"${file}" has ${size(found.size)} (${found.size} bytes) instead of ${bytes}.`);
    }
  }
  if (missing.length > 0) return { state: "missing", problems: [...missing, ...sizes] };
  if (sizes.length > 0) return { state: "size", problems: sizes };
  return { state: suspect.length > 0 ? "suspect" : "good", problems: suspect };
}

/** Orders backups by the manifests' times, never by a file's; damaged ones come last. */
export function newestFirst(a: Backup | DamagedBackup, b: Backup | DamagedBackup): number {
  return takenAt(b) - takenAt(a) || b.id.localeCompare(a.id, "en", { numeric: true });
}

/** Milliseconds since the epoch; a damaged one counts as older than all. */
function takenAt(backup: Backup | DamagedBackup): number {
  return backup.state === "damaged" ? -1e16 : Date.parse(backup.manifest.takenAt);
}

/** What oakum keeps beside the backups. */
const OURS: readonly string[] = [JOURNAL, REHEARSAL, KNOWN_DRIFT];

/** Files that belong to no manifest and to no run that is publishing or has died doing so. */
function looseNames(names: readonly string[]): string[] {
  const owned = new Set(
    names.map((name) => isManifest(name) ? stemOf(name) : parseTemporary(name)?.marks),
  );
  return names.filter((name) => {
    const stem = stemOf(name);
    return !name.startsWith(".") && !OURS.includes(name) && !(stem && owned.has(stem));
  });
}
