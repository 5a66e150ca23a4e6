import { dirname, join } from "node:path";
import { errnoOf, fileError } from "../../backups/file_error.ts";
import { publishFile, removeFile, syncFolder, writeNewFile } from "../../backups/files.ts";
import { nearestFolder } from "../../backups/nearest_folder.ts";
import { OakumError } from "../../core/errors.ts";
import { type Owner, ownerFor } from "./owner.ts";

const USUAL_MODE = 0o644;

/**
 * Writes a new file that is whole or not there at all, with the mode of its neighbours; never
 * replaces one. `person` is whom root works for.
 */
export async function writeBeside(
  path: string,
  content: string,
  { run, person }: { readonly run: string; readonly person: Owner | undefined },
): Promise<void> {
  const folder = dirname(path);
  const owner = await makeFolder(folder, person);
  // Alembic takes every name that ends in .py for a revision.
  const temporary = join(folder, `.oakum-${run}.partial`);
  try {
    await writeNewFile(temporary, new TextEncoder().encode(content));
    await Deno.chmod(temporary, await usualMode(folder));
    if (owner) await Deno.chown(temporary, owner.uid, owner.gid);
    await publishFile(temporary, path);
  } catch (thrown) {
    throw await notWritten(path, thrown);
  } finally {
    await removeFile(temporary);
  }
  await syncFolder(folder);
}

async function notWritten(path: string, thrown: unknown): Promise<unknown> {
  const cause = thrown instanceof OakumError ? thrown.cause : thrown;
  if (!["EACCES", "EPERM"].includes(errnoOf(cause))) {
    return fileError("write", path, thrown, "refused");
  }
  const { uid } = await Deno.stat(dirname(path));
  return new OakumError(
    "folder-not-yours",
    "refused",
    `The new revision cannot be written to "${path}": the folder belongs to user ${uid}, ` +
      `oakum runs as ${Deno.uid()}.`,
    { hint: "Run it as that user, or with sudo.", data: { path, uid }, cause },
  );
}

/** Makes what is missing of the folder, for the same owner as what is in it. */
async function makeFolder(folder: string, person: Owner | undefined): Promise<Owner | undefined> {
  const there = await nearestFolder(folder);
  const owner = await ownerFor(there, person);
  try {
    await Deno.mkdir(folder, { recursive: true });
    for (let made = folder; owner && made !== there; made = dirname(made)) {
      await Deno.chown(made, owner.uid, owner.gid);
    }
  } catch (thrown) {
    throw fileError("make the folder", folder, thrown, "refused");
  }
  return owner;
}

/** The mode that most Python files of the folder have. */
async function usualMode(folder: string): Promise<number> {
  const counts = new Map<number, number>();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !name.endsWith(".py")) continue;
    const mode = ((await Deno.stat(join(folder, name))).mode ?? USUAL_MODE) & 0o777;
    counts.set(mode, (counts.get(mode) ?? 0) + 1);
  }
  const [[mode] = [USUAL_MODE]] = [...counts].toSorted(([, a], [, b]) => b - a);
  return mode;
}
