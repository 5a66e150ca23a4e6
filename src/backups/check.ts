import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileError } from "./file_error.ts";
import { lookup } from "./files.ts";
import type { Written } from "./hashed_file.ts";
import type { Backup } from "./list.ts";
import { openFile, strangeness } from "./open_file.ts";
import type { Manifest } from "./manifest.ts";

/** Bytes read at a time: large enough for the disk, small enough to hear an abort. */
const CHUNK = 1024 * 1024;

/** A file of a backup that is not what the manifest says. */
export interface CheckFinding {
  readonly file: string;
  /**
   * `swapped`: the content is another backup's. `longer` and `damaged`: bytes were changed.
   * `missing`: there is nothing, or no ordinary file. `linked`: it has a second name.
   */
  readonly kind: "missing" | "truncated" | "longer" | "damaged" | "swapped" | "linked";
  readonly expected: Written;
  /** What lies there now; nothing where the file is missing. */
  readonly found: Written | null;
  /** Id of the backup that the content belongs to, where it is known. */
  readonly belongsTo: string | null;
  /** The finding as a sentence. */
  readonly text: string;
}

/** What a check needs beside the backup. */
export interface CheckOptions {
  /** Other manifests of the target, by whose hashes swapped files are recognised. */
  readonly others?: readonly Manifest[];
  /** Takes the bytes read so far. */
  readonly progress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Bytes that a check of this backup reads. */
export function bytesToCheck({ dump, globals }: Manifest): number {
  return dump.bytes + (globals?.bytes ?? 0);
}

/** Reads dump and globals back from the disk; no finding means that every byte is as written. */
export async function checkBackup(
  { folder, manifest }: Pick<Backup, "folder" | "manifest">,
  options: CheckOptions = {},
): Promise<CheckFinding[]> {
  const findings: CheckFinding[] = [];
  let before = 0;
  for (const data of [manifest.dump, manifest.globals].filter((file) => file !== null)) {
    const path = join(folder, data.file);
    // A link, a pipe or a device is not what was written, whatever could be read from it.
    const there = await lookup(path);
    const strange = there && await strangeness(path, there);
    if (strange !== undefined) {
      findings.push(finding(data, null, null, [there?.isFile ? "linked" : "missing", strange]));
      continue;
    }
    const found = await hashFile(path, {
      ...options,
      progress: (bytes) => options.progress?.(before + bytes),
    });
    before += found?.bytes ?? 0;
    if (found?.sha256 !== data.sha256) {
      const owner = belongsTo(found, manifest, options.others);
      findings.push(finding(data, found, owner, verdict(data, found, owner)));
    }
  }
  return findings;
}

/** Bytes and SHA-256 of a file, or nothing where there is none. */
export async function hashFile(
  path: string,
  { progress, signal }: Pick<CheckOptions, "progress" | "signal"> = {},
): Promise<Written | null> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(CHUNK);
  let bytes = 0;
  try {
    using file = await openFile(path);
    for (let read: number | null; (read = await file.read(buffer)) !== null;) {
      signal?.throwIfAborted();
      hash.update(buffer.subarray(0, read));
      progress?.(bytes += read);
    }
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    signal?.throwIfAborted();
    throw fileError("read", path, thrown);
  }
  return { bytes, sha256: hash.digest("hex") };
}

function belongsTo(
  found: Written | null,
  own: Manifest,
  others: readonly Manifest[] = [],
): string | null {
  const owner = [own, ...others].find(({ dump, globals }) =>
    [dump.sha256, globals?.sha256].includes(found?.sha256)
  );
  return found && owner ? owner.id : null;
}

type Expected = Written & { readonly file: string };

function finding(
  { file, bytes, sha256 }: Expected,
  found: Written | null,
  owner: string | null,
  [kind, text]: readonly [CheckFinding["kind"], string],
): CheckFinding {
  const sentence = `"${file}" ${text}.`;
  return { file, kind, expected: { bytes, sha256 }, found, belongsTo: owner, text: sentence };
}

function verdict(
  expected: Expected,
  found: Written | null,
  owner: string | null,
): [CheckFinding["kind"], string] {
  if (!found) return ["missing", "is not there"];
  if (owner) return ["swapped", `holds what belongs to "${owner}"`];
  const sizes = `has ${found.bytes} bytes instead of ${expected.bytes}`;
  if (found.bytes < expected.bytes) return ["truncated", `${sizes}: it was cut`];
  if (found.bytes > expected.bytes) return ["longer", `${sizes}: something was added`];
  return ["damaged", `has the right size, but not the bytes that were written`];
}
