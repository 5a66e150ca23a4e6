import type { AdoptedFrom, Manifest } from "./manifest.ts";

/** How the reason of a backup begins that was adopted before manifests said so themselves. */
const ADOPTED = "adopted ";

type Origin = Pick<Manifest, "adopted" | "reason">;

/** Whether oakum took a backup of the target itself; what was adopted is used only where it is named. */
export function isOwn(manifest: Origin): boolean {
  return adoptedFrom(manifest) === null;
}

/** Where a backup was adopted from; null for one of oakum's own. */
export function adoptedFrom({ adopted, reason }: Origin): AdoptedFrom | null {
  if (adopted) return adopted;
  if (!reason?.startsWith(ADOPTED)) return null;
  // Its time may have been that of the file, which says nothing.
  return { file: reason.slice(ADOPTED.length), writtenAt: null };
}

/** Clocks of several machines that share a folder. */
const SKEW_MS = 5 * 60_000;

/** Whether a backup says that it was taken after now: a clock was wrong, and nobody knows which. */
export function isFuture({ takenAt }: Pick<Manifest, "takenAt">, now: Date): boolean {
  return Date.parse(takenAt) > now.getTime() + SKEW_MS;
}
