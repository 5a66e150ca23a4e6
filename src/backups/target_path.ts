import { createHash } from "node:crypto";
import { join } from "node:path";
import type { TargetName } from "./manifest.ts";

/** File systems allow 255 bytes; encrypting ones as few as 143. */
const LONGEST = 140;

/**
 * A name as a folder's name: everything but `a-z 0-9 _ -` becomes `%XX`, byte by byte. So no name
 * is hidden, climbs out, splits at a dot that is its own, or meets another one on file systems that
 * ignore case or rewrite accents. A lone `%` stands for the empty name.
 */
function encode(name: string): string {
  if (name === "") return "%";
  return Array.from(new TextEncoder().encode(name), (byte) => {
    const character = String.fromCharCode(byte);
    if (/[a-z0-9_-]/.test(character)) return character;
    return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** What `encode` was given, or nothing where it cannot have written this. */
function decode(encoded: string): string | undefined {
  if (encoded === "%") return "";
  try {
    const name = decodeURIComponent(encoded);
    return encode(name) === encoded ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Cuts what is too long for a file system; the hash keeps different names apart. */
function fit(encoded: string): string {
  if (encoded.length <= LONGEST) return encoded;
  const hash = createHash("sha256").update(encoded).digest("hex").slice(0, 24);
  return `${encoded.slice(0, LONGEST - 25)}~${hash}`;
}

/** `<dir>/<project>/<service>.<database>`: where the backups of one database lie. */
export function targetPath(dir: string, target: TargetName): string {
  const database = `${encode(target.service)}.${encode(target.database)}`;
  return join(dir, fit(encode(target.project)), fit(database));
}

/** Whether a folder right below the backup folder can be a project's. */
export function isProjectFolder(name: string): boolean {
  return decode(name) !== undefined || isCut(name);
}

/** Whether a folder inside a project's can be a database's. */
export function isDatabaseFolder(name: string): boolean {
  return decodeDatabase(name) !== undefined || isCut(name);
}

/** The target whose folder this is; nothing where a name was cut, since only manifests know it. */
export function targetOfFolder(project: string, folder: string): TargetName | undefined {
  const name = decode(project);
  const rest = decodeDatabase(folder);
  return name === undefined || !rest ? undefined : { project: name, ...rest };
}

function isCut(name: string): boolean {
  return name.length === LONGEST && /^[a-z0-9_%A-F.-]+~[0-9a-f]{24}$/.test(name);
}

function decodeDatabase(folder: string): Omit<TargetName, "project"> | undefined {
  const dot = folder.indexOf(".");
  if (dot < 0) return undefined;
  const service = decode(folder.slice(0, dot));
  const database = decode(folder.slice(dot + 1));
  return service === undefined || database === undefined ? undefined : { service, database };
}
