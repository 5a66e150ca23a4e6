import { basename, join } from "node:path";
import { z } from "zod";
import { OakumError } from "../core/errors.ts";
import { fileError } from "./file_error.ts";
import type { LockedFolder } from "./lock.ts";
import { type Manifest, manifestSchema } from "./manifest.ts";
import { LONGEST, readSmallFile } from "./open_file.ts";
import { dumpExtension, globalsName, manifestName } from "./names.ts";
import { replaceFile } from "./replace.ts";
import { prettyJson, sealed, sealOf } from "./seal.ts";

/** Reads and judges a manifest; throws an `OakumError` that says what is wrong with it. */
export async function readManifest(path: string): Promise<Manifest> {
  let bytes: Uint8Array;
  try {
    bytes = await readSmallFile(path, LONGEST.manifest);
  } catch (thrown) {
    throw fileError("read", path, thrown);
  }
  const manifest = parseManifest(bytes, path);
  checkPlace(manifest, path);
  return manifest;
}

/** Reads a manifest from its bytes; the path is for messages. */
export function parseManifest(bytes: Uint8Array, path: string): Manifest {
  const { text, value } = parseText(bytes, path);
  if (typeof value.manifest === "number" && value.manifest > 1) throw newer(path, value.manifest);
  const { seal, ...content } = value;
  if (typeof seal !== "string") throw wrongShape(path, "it has no seal");
  // The text is compared as well, so that also a change which JSON does not see is seen.
  if (seal !== sealOf(content) || text !== prettyJson(value)) throw changed(path);
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success) throw wrongShape(path, firstIssue(parsed.error));
  return parsed.data;
}

/** The parts of a manifest that may change after it was published. */
export type ManifestChange = Partial<Pick<Manifest, "pinned" | "verified" | "suspect">>;

/**
 * Changes a published manifest in one step and seals it again; everything else stays. `change` may
 * depend on what the manifest says by now.
 */
export async function updateManifest(
  folder: LockedFolder,
  id: string,
  change: ManifestChange | ((now: Manifest) => ManifestChange),
): Promise<Manifest> {
  const path = join(folder.path, manifestName(id));
  const now = await readManifest(path);
  const changes = typeof change === "function" ? change(now) : change;
  if (Object.keys(changes).length === 0) return now;
  const manifest = { ...now, ...changes };
  await replaceFile(folder, manifestName(id), sealed(manifest));
  return manifest;
}

function parseText(bytes: Uint8Array, path: string) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: z.record(z.string(), z.unknown()).parse(JSON.parse(text)) };
  } catch (cause) {
    throw bad(
      "manifest-damaged",
      `The manifest "${path}" is damaged: it is not a JSON object.`,
      path,
      {
        cause,
      },
    );
  }
}

/** A manifest speaks for the files beside it that carry its own name, and for no others. */
function checkPlace({ id, dump, globals }: Manifest, path: string): void {
  if (basename(path) !== manifestName(id)) {
    throw bad("manifest-misplaced", `"${path}" is the manifest of "${id}".`, path, {
      hint: `Rename the backup's files back to "${id}".`,
    });
  }
  const strange = strangeFile({ id, dump, globals });
  if (strange !== undefined) {
    const what = `names a file of another backup, "${strange}"`;
    throw bad("manifest-misplaced", `The manifest "${path}" ${what}.`, path);
  }
}

/** A file that a manifest names although it carries another backup's name. */
export function strangeFile({ id, dump, globals }: Pick<Manifest, "id" | "dump" | "globals">) {
  if (dump.file !== id + dumpExtension(dump)) return dump.file;
  if (globals && globals.file !== globalsName(id)) return globals.file;
}

function newer(path: string, version: number): OakumError {
  return bad(
    "manifest-newer",
    `The manifest "${path}" has version ${version}; this oakum reads version 1.`,
    path,
    { hint: "Use the oakum that wrote it, or a newer one." },
  );
}

function changed(path: string): OakumError {
  return bad(
    "manifest-changed",
    `The manifest "${path}" was changed after oakum wrote it: its seal does not match.`,
    path,
  );
}

function wrongShape(path: string, reason: string): OakumError {
  return bad("manifest-shape", `"${path}" is no manifest that oakum can read: ${reason}.`, path);
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.message ?? error.message} at "${issue?.path.join(".") ?? ""}"`;
}

function bad(
  code: string,
  message: string,
  path: string,
  detail: { hint?: string; cause?: unknown } = {},
): OakumError {
  return new OakumError(code, "refused", message, {
    hint: `Its dump beside it may be whole: oakum adopt FILE takes it as a foreign one. ` +
      `Whatever is not wanted any more can be removed by hand: "${path}" and the files of its name.`,
    ...detail,
    data: { path },
  });
}
