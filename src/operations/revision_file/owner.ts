import type { Environment } from "../../config/environment.ts";

/** A user and a group of this machine. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The person behind sudo. */
export function sudoPerson(environment: Environment): Owner | undefined {
  const [uid, gid] = [environment("SUDO_UID"), environment("SUDO_GID")];
  if (!uid || !gid || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return undefined;
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * Whom a new file in a folder must be given to; nothing where it is the person's own already. Root
 * gives it to whoever called sudo, else to the folder's owner.
 */
export async function ownerFor(
  folder: string,
  person: Owner | undefined,
): Promise<Owner | undefined> {
  if (Deno.uid() !== 0) return undefined;
  const { uid, gid, mode } = await Deno.stat(folder);
  const own = { uid: uid ?? 0, gid: gid ?? 0 };
  if (!person) return own;
  const shared = ((mode ?? 0) & 0o2000) !== 0;
  return shared ? { ...person, gid: own.gid } : person;
}
