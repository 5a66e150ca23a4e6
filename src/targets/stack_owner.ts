import type { ContainerDetail } from "../docker/shapes.ts";
import { workingDirOf } from "./survey.ts";

/**
 * The user that a container's stack belongs to, where its folder is on this machine: whoever owns it
 * decides what runs there anyway, and is trusted with its backups.
 */
export async function stackOwner({ Config }: ContainerDetail): Promise<readonly number[]> {
  const folder = workingDirOf(Config.Labels);
  const found = folder === undefined ? undefined : await Deno.stat(folder).catch(() => undefined);
  return found?.uid ? [found.uid] : [];
}
