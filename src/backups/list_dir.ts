import { join } from "node:path";
import { readFolder } from "./folder.ts";
import { listFolder, type Listing } from "./list.ts";
import { isDatabaseFolder, isProjectFolder, targetOfFolder, targetPath } from "./target_path.ts";

/** What lies in a whole backup folder. */
export interface DirListing {
  readonly dir: string;
  /** False where the folder does not exist. */
  readonly exists: boolean;
  /** One a target, by path. */
  readonly targets: readonly Listing[];
  /** Names of files right in the folder, such as dumps of the scripts before oakum. */
  readonly loose: readonly string[];
}

/** Lists every target's folder; folders that oakum cannot have made are passed over. */
export async function listDir(dir: string): Promise<DirListing> {
  const entries = await readFolder(dir);
  const targets: Listing[] = [];
  for (const project of foldersOf(entries, isProjectFolder)) {
    const inside = await readFolder(join(dir, project));
    for (const folder of foldersOf(inside, isDatabaseFolder)) {
      targets.push(await listOne(dir, project, folder));
    }
  }
  const files = (entries ?? []).filter(({ isFile, name }) => isFile && !name.startsWith("."));
  const loose = files.map((entry) => entry.name).toSorted();
  return { dir, exists: entries !== undefined, targets, loose };
}

async function listOne(dir: string, project: string, folder: string): Promise<Listing> {
  const path = join(dir, project, folder);
  const target = targetOfFolder(project, folder);
  if (target) return await listFolder(path, target);
  // A name that was cut cannot be read back, but a manifest's target leads to the same folder.
  const listing = await listFolder(path);
  const own = listing.backups
    .flatMap((backup) => backup.state === "damaged" ? [] : [backup.manifest.target])
    .find((candidate) => targetPath(dir, candidate) === path);
  return own ? await listFolder(path, own) : listing;
}

function foldersOf(
  entries: readonly Deno.DirEntry[] | undefined,
  accepts: (name: string) => boolean,
): string[] {
  const folders = (entries ?? []).filter(({ isDirectory, name }) => isDirectory && accepts(name));
  return folders.map((entry) => entry.name).toSorted();
}
