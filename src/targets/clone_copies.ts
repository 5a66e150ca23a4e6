import { posix } from "node:path";
import { Readable } from "node:stream";
import { createTarDecoder } from "modern-tar";
import { OakumError } from "../core/errors.ts";
import { size } from "../core/sizes.ts";
import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";

/** What becomes of the paths that a clone may write to. */
export interface Writable {
  /** Folders that are there and empty. */
  readonly emptied: readonly string[];
  /** Folders that hold code, or a file to be written: the clone has what lies in them, as its own. */
  readonly copied: readonly string[];
}

/** More than this is data, which nobody wants to have copied for a log file. */
const MOST = 512 * 2 ** 20;
/** So much of a folder is looked through for code. */
const LOOKED_THROUGH = 64 * 2 ** 20;
const CODE = /(\.py|\.mako|alembic\.ini)$/;

/**
 * Tells folders of data, which the clone has empty, from code and single files: to be able to write
 * beside those, it has a copy of the whole folder. `isReadOnly` says where a clone could not write.
 */
export async function sortWritable(
  engine: Engine,
  service: ContainerDetail,
  paths: readonly string[],
  isReadOnly: (path: string) => boolean,
): Promise<Writable> {
  const emptied: string[] = [];
  const copied: string[] = [];
  for (const path of paths.map(plain)) {
    const what = await lookAt(engine, service, path);
    if (what === "data") emptied.push(path);
    // What lies in the image can be written as it is.
    else if (!isReadOnly(path)) emptied.push(...what === "nothing" && !isFile(path) ? [path] : []);
    else copied.push(what === "code" ? path : await nearestFolder(engine, service, path));
  }
  const outer = copied.filter((one) => !copied.some((other) => other !== one && isIn(one, other)));
  return { emptied, copied: [...new Set(outer)] };
}

/** What is not there yet has its name alone to tell by. */
function isFile(path: string): boolean {
  return posix.extname(path) !== "";
}

function plain(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

function isIn(path: string, folder: string): boolean {
  return `${path}/`.startsWith(folder === "/" ? "/" : `${folder}/`);
}

async function lookAt(
  engine: Engine,
  service: ContainerDetail,
  path: string,
): Promise<"data" | "code" | "file" | "nothing"> {
  const archive = await engine.getArchive(service.Id, path).catch(() => undefined);
  if (!archive) return "nothing";
  let bytes = 0;
  const counted = async function* () {
    for await (const chunk of archive) yield (bytes += chunk.length, chunk);
  };
  let first = true;
  for await (const { header } of ReadableStream.from(counted()).pipeThrough(createTarDecoder())) {
    if (first && header.type !== "directory") return "file";
    first = false;
    if (header.type === "file" && CODE.test(header.name)) return "code";
    if (bytes > LOOKED_THROUGH) return "data";
  }
  return "data";
}

/** The folder that a file lies in, or would lie in. */
async function nearestFolder(
  engine: Engine,
  service: ContainerDetail,
  path: string,
): Promise<string> {
  const folder = posix.dirname(path);
  if (folder === "/") throw notTheRoot(path);
  const archive = await engine.getArchive(service.Id, folder).catch(() => undefined);
  await archive?.[Symbol.asyncIterator]().return?.();
  return archive ? folder : await nearestFolder(engine, service, folder);
}

function notTheRoot(path: string): OakumError {
  return new OakumError("clone-failed", "refused", `No copy of the app can write "${path}".`, {
    hint: "Name a folder below the root in rehearsal.writable, and have the app write there.",
  });
}

/** Gives a clone that was made, and not yet started, what lies in those folders of its original. */
export async function fillCopies(
  engine: Engine,
  service: ContainerDetail,
  clone: string,
  folders: readonly string[],
): Promise<void> {
  for (const folder of folders) {
    const archive = await engine.getArchive(service.Id, `${folder}/.`);
    if (!archive) continue;
    await engine.putArchive(clone, folder, Readable.from(bounded(archive, folder)));
  }
}

async function* bounded(archive: AsyncIterable<Uint8Array>, folder: string) {
  let bytes = 0;
  for await (const chunk of archive) {
    bytes += chunk.length;
    if (bytes > MOST) throw tooLarge(folder);
    yield chunk;
  }
}

function tooLarge(folder: string): OakumError {
  return new OakumError(
    "clone-too-large",
    "refused",
    `The copy of the app cannot write beside what lies in ${folder}: that is more than ${
      size(MOST)
    }.`,
    {
      hint:
        "Have the app write into a folder of its own, and name that one in rehearsal.writable. " +
        "Nothing of yours was touched.",
    },
  );
}
