import { newestGood } from "../../backups/find.ts";
import { listTarget } from "../../backups/list.ts";
import type { TargetName } from "../../backups/manifest.ts";
import { freeSpace } from "../../backups/space.ts";
import { size } from "../../core/sizes.ts";
import { ago } from "../../core/time.ts";
import type { Check } from "../../reports/doctor.ts";
import { ok, trouble, warning } from "./checks.ts";

const OLD_MS = 7 * 24 * 3600 * 1000;

/** The backups of the target: whether there is a good one, how old it is, and room for the next. */
export async function checkBackups(dir: string, target: TargetName, now: Date): Promise<Check[]> {
  const listing = await listTarget(dir, target);
  const bad = listing.backups.filter(({ state }) => state !== "good").map(({ id, state }) =>
    warning("backup-not-good", `${id} is not good: ${state}.`, `See why: oakum verify ${id}`)
  );
  const newest = newestGood(listing);
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
  const free = await freeSpace(newest.folder);
  const room = free < dump.bytes * 1.2
    ? [
      trouble(
        "backup-disk",
        `${dir} has ${size(free)} free; the next backup needs about ${size(dump.bytes * 1.2)}.`,
        "Free some space there, or choose another folder with --dir.",
      ),
    ]
    : [];
  return [...bad, age, ...proof, ...room];
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
  const covered = ignored.split("\n").some((line) =>
    [name, `/${name}`, `${name}/`, "*"].includes(line.trim())
  );
  if (covered) return [];
  return [
    warning(
      "build-context",
      `${dir} is in the build context of a Dockerfile: backups may end up in an image.`,
      `echo ${name} >> ${workingDir}/.dockerignore`,
    ),
  ];
}
