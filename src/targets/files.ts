import { posix } from "node:path";
import { createTarDecoder } from "modern-tar";
import { type Engine, statusOf } from "../docker/engine.ts";

/** A file of a container, and what is known of it besides its content. */
export interface ContainerFile {
  readonly path: string;
  /** Cut at the limit that was asked for. */
  readonly data: Uint8Array;
}

const LIMIT = 256 * 2 ** 10;
const LINKS = 5;

/**
 * Reads a small file by the archive API: without a process in the container, running or not.
 * Undefined where there is no such file; links are followed.
 */
export async function readFile(
  engine: Engine,
  container: string,
  path: string,
  limit = LIMIT,
): Promise<ContainerFile | undefined> {
  let at = path;
  for (let links = 0; links <= LINKS; links++) {
    const entry = await firstEntry(engine, container, at, limit);
    if (entry?.link === undefined) return entry?.data && { path: at, data: entry.data };
    at = posix.resolve(posix.dirname(at), entry.link);
  }
  return undefined;
}

/** Such a file as text. */
export async function readText(
  engine: Engine,
  container: string,
  path: string,
): Promise<string | undefined> {
  const file = await readFile(engine, container, path);
  return file && new TextDecoder().decode(file.data);
}

interface Entry {
  readonly data?: Uint8Array;
  readonly link?: string;
}

async function firstEntry(
  engine: Engine,
  container: string,
  path: string,
  limit: number,
): Promise<Entry | undefined> {
  const archive = await archiveOf(engine, container, path);
  if (!archive) return undefined;
  const entries = ReadableStream.from(archive).pipeThrough(createTarDecoder());
  for await (const { header, body } of entries) {
    if (header.type === "symlink") return { link: header.linkname ?? "" };
    return header.type === "file" ? { data: await head(body, limit) } : {};
  }
  return undefined;
}

async function archiveOf(engine: Engine, container: string, path: string) {
  try {
    return await engine.getArchive(container, path);
  } catch (error) {
    // A path that goes on behind a file, and one that the engine may not look into.
    if ([400, 403, 500].includes(statusOf(error))) return undefined;
    throw error;
  }
}

async function head(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const kept = new Uint8Array(limit);
  let length = 0;
  for await (const chunk of body) {
    const part = chunk.subarray(0, limit - length);
    kept.set(part, length);
    length += part.length;
    if (length === limit) break;
  }
  return kept.slice(0, length);
}
